package course

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"countersign/e2e/bench/contender"
	"countersign/e2e/bench/ideal"
	"countersign/e2e/bench/naive"
	"countersign/e2e/bench/ours"
	"countersign/e2e/bench/place"
)

// Config says what to measure.
type Config struct {
	Dir      string         // for files; what is made there is removed
	MongoDB  string         // URI of a server; empty: only SQLite
	Rounds   int            // each row's number of figures
	Attempts map[string]int // of each row, that come all at once
	Timed    int            // most attempts that come one by one
	Trickle  time.Duration  // how long they come
	Settled  bool           // attempts begin once what logins left to the disk is put away: where one row leaves more than another
	Profiles string         // folder for profiles of every worker during its flood, the last round's; empty: none
	Progress func(store, row string, round int, f Figure)
}

// Stores are the kinds of place that are measured.
func (c Config) Stores() []string {
	if c.MongoDB == "" {
		return []string{place.SQLite}
	}
	return []string{place.SQLite, place.MongoDB}
}

// Figures are those of all rounds, by store and row.
type Figures map[string]map[string][]Figure

// rows in the order of a round. The first one's commits and results are the sample that the ideal moves.
func rows() []contender.Contender {
	return []contender.Contender{ours.Contender(), naive.One(), naive.Eight(), ideal.Contender()}
}

// Names are those of the rows as a table has them.
func Names() []string { return []string{"naive", "naive8", "ours", "ideal"} }

// Run measures every row on every store, Rounds times, in turn: what the machine does beside it falls on all alike.
func Run(ctx context.Context, c Config) (Figures, error) {
	all := Figures{}
	for _, store := range c.Stores() {
		all[store] = map[string][]Figure{}
	}
	samples := map[string]contender.Sample{}
	for round := range c.Rounds {
		for _, store := range c.Stores() {
			for _, who := range rows() {
				if c.Attempts[who.Name] == 0 {
					continue
				}
				f, err := c.one(ctx, store, who, samples)
				if err != nil {
					return nil, fmt.Errorf("measure %s over %s: %w", who.Name, store, err)
				}
				all[store][who.Name] = append(all[store][who.Name], f)
				c.Progress(store, who.Name, round, f)
			}
		}
	}
	return all, nil
}

func (c Config) one(ctx context.Context, store string, who contender.Contender, samples map[string]contender.Sample) (f Figure, err error) {
	dir, err := os.MkdirTemp(c.Dir, "bench-")
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	at, err := c.place(store, dir)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, place.Drop(context.WithoutCancel(ctx), at)) }()
	one := &cell{
		conf: c, who: who, at: at, dir: dir, sample: samples[store], keep: func(s contender.Sample) { samples[store] = s },
	}
	return one.measure(ctx)
}

func (c Config) place(store, dir string) (place.Spec, error) {
	if store == place.MongoDB {
		return place.Spec{Kind: store, At: c.MongoDB, Name: "bench_" + strings.ToLower(rand.Text()[:12])}, nil
	}
	at := place.Spec{Kind: store, At: filepath.Join(dir, "store"), Name: "-"}
	return at, os.Mkdir(at.At, 0o700)
}
