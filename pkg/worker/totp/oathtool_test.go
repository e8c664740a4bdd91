package totp_test

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/totp"
)

// RFC 4226, appendix D: a time step is a counter.
func TestTheVectorsOfRFC4226(t *testing.T) {
	for counter, want := range []string{
		"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
	} {
		if got := totp.Code(seed20, uint64(counter), options("SHA1", 6)).Reveal(); got != want {
			t.Errorf("counter %d: %s, want %s", counter, got, want)
		}
	}
}

const inARow = 5 // steps that one call of oathtool brings

// The generator of the OATH Toolkit shares no code with anything here.
func TestOathtoolAgrees(t *testing.T) {
	if said, err := exec.CommandContext(t.Context(), "../../../scripts/need", "oathtool", "oathtool").CombinedOutput(); err != nil {
		t.Fatalf("find oathtool: %v\n%s", err, said)
	}
	for _, seed := range []uint64{1, rand.Uint64()} {
		dice := rand.New(rand.NewPCG(seed, 0))
		for _, algorithm := range []string{"SHA1", "SHA256", "SHA512"} {
			for digits := 6; digits <= 8; digits++ {
				for range 3 {
					o := options(algorithm, digits)
					o.Period = []time.Duration{30 * time.Second, 60 * time.Second, 15 * time.Second}[dice.IntN(3)]
					agrees(t, seed, key(dice), time.Unix(dice.Int64N(1<<33), 0), o)
				}
			}
		}
	}
}

// key is as long as seeds that are made here or imported.
func key(dice *rand.Rand) []byte {
	k := make([]byte, 10+dice.IntN(55))
	for i := range k {
		k[i] = byte(dice.Uint32())
	}
	return k
}

func agrees(t *testing.T, seed uint64, key []byte, at time.Time, o totp.Options) {
	t.Helper()
	now, _ := totp.Step(at, o.Period)
	o.Forward = inARow
	for i, want := range oathtool(t, key, at, o) {
		step := now + uint64(i)
		if got := totp.Code(key, step, o).Reveal(); got != want {
			t.Errorf("dice %d: %s, %d digits, %s, at %d, step %d: got %s, want %s", seed, o.Algorithm, o.Digits, o.Period, at.Unix(), step, got, want)
		}
		if fits := totp.Steps(key, events.NewSecret(want), at, o); !slices.Contains(fits, step) {
			t.Errorf("dice %d: %s at %d fits %v, want %d among them", seed, want, at.Unix(), fits, step)
		}
	}
}

func oathtool(t *testing.T, key []byte, at time.Time, o totp.Options) []string {
	t.Helper()
	said, err := exec.CommandContext(t.Context(), "oathtool",
		"--totp="+o.Algorithm, "--digits="+strconv.Itoa(o.Digits), "--now="+at.UTC().Format("2006-01-02 15:04:05 UTC"),
		fmt.Sprintf("--time-step-size=%ds", int(o.Period.Seconds())), "--window="+strconv.Itoa(inARow-1), hex.EncodeToString(key),
	).CombinedOutput()
	codes := strings.Fields(string(said))
	if err != nil || len(codes) != inARow {
		t.Fatalf("ask oathtool: %v\n%s", err, said)
	}
	return codes
}
