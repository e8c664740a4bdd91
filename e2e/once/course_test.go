package once_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"countersign/pkg/worker/workertest"
)

const fixedSeed = 1

// A course is some races over one store, one after the other.
type course struct {
	store string
	seed  uint64
	races []pair
}

type pair struct {
	kind
	weather
}

// courses of the short form, whose seeds nobody has chosen, are a part of those of the long form: every weather over each store for the
// fixed seed, half of them for the random one.
func courses(t *testing.T) (all []course) {
	t.Helper()
	seeds, long := seeds(t)
	for _, seed := range seeds {
		for store := range workertest.Places() {
			c := course{store: store, seed: seed, races: pairs(seed)}
			if !long {
				c.races = eachWeather(c.races)
			}
			if !long && seed != fixedSeed {
				c.races = c.races[:len(c.races)/2]
			}
			all = append(all, c)
		}
	}
	return all
}

// pairs are every kind in every weather.
func pairs(seed uint64) (all []pair) {
	for _, k := range kinds {
		for _, w := range weathers() {
			all = append(all, pair{k, w})
		}
	}
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// eachWeather is each of them once, with one kind or another.
func eachWeather(all []pair) (some []pair) {
	seen := map[string]bool{}
	for _, p := range all {
		if !seen[p.weather.name] {
			seen[p.weather.name] = true
			some = append(some, p)
		}
	}
	return some
}

// seeds are the fixed one and a random one, unless somebody has chosen.
func seeds(t *testing.T) (all []uint64, long bool) {
	t.Helper()
	if one, chosen := number(t, "COUNTERSIGN_ONCE_SEED"); chosen {
		return []uint64{one}, true
	}
	n, long := number(t, "COUNTERSIGN_ONCE_SEEDS")
	if !long {
		all, n = []uint64{fixedSeed}, 1
	}
	for range n {
		all = append(all, fixedSeed+1+rand.Uint64N(1e9))
	}
	return all, long
}

func number(t *testing.T, name string) (n uint64, chosen bool) {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return 0, false
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("read %s: %v", name, err)
	}
	return n, true
}
