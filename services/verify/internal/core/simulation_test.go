package core

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
)

var update = flag.Bool("update", false, "write docs/guessing.md")

const million = 1e6

// A guesser knows the password and the user's habits, and loses no moment: it starts logins and step-ups side by side, asks for codes
// again, goes from factor to factor, and guesses as soon as a code is looked at.
type guesser struct {
	*world
	*rand.Rand
	digits int // of codes: fewer than six make luck visible
	tries  []try
	lucky  int
}

// A try is a code that was looked at, and how likely it was right.
type try struct {
	at     time.Time
	chance float64
}

func newGuesser(t *testing.T, seed uint64, digits int) *guesser {
	g := &guesser{world: newWorld(t), Rand: rand.New(rand.NewPCG(seed, 7)), digits: digits}
	g.run(enrolled(events.TOTP), enrolled(events.SMS), printed("s"))
	return g
}

// live goes on for a time.
func (g *guesser) live(d time.Duration) {
	for end := g.now.Add(d); g.now.Before(end); {
		g.now = g.now.Add(time.Second)
		overWait(g.world)
		switch g.IntN(12) {
		case 0:
			g.run(login(g.name("g")))
		case 1:
			g.run(stepUp(g.name("g")))
		case 2:
			g.each(func(id string) { g.run(resend(id)) })
		case 3:
			g.each(func(id string) { g.run(switched(id, []events.Factor{events.TOTP, events.SMS}[g.IntN(2)])) })
		case 4:
			g.each(func(id string) { g.run(recoveryCode(id, 0)) })
		default:
			g.guess()
		}
	}
}

// each does something with one of the open challenges.
func (g *guesser) each(do func(login string)) {
	open := slices.DeleteFunc(slices.Clone(g.state.Challenges), func(c guard.Challenge) bool { return !g.now.Before(c.ExpiresAt) })
	if len(open) == 0 {
		g.run(login(g.name("g")))
		return
	}
	do(open[g.IntN(len(open))].LoginID)
}

// guess types digits at random, for the challenge's factor or for the app's.
func (g *guesser) guess() {
	g.each(func(id string) {
		f := []events.Factor{"", events.TOTP}[g.IntN(2)]
		attempt(id, f, func(c Comparison) Match { return g.luck(c) })(g.world)
		if a, ok := g.answer().(*guard.AttemptAccepted); ok && a != nil {
			g.lucky++
		}
	})
}

func (g *guesser) answer() events.Event {
	if len(g.last.Events) == 0 {
		return nil
	}
	return g.last.Events[0]
}

// luck draws whether a code that is looked at is right: each of the steps of the window, the newest sending, the steps far off.
func (g *guesser) luck(c Comparison) (m Match) {
	all := math.Pow10(g.digits)
	hit := func() bool { return g.Float64()*all < 1 }
	if c.Enrolled.Factor != events.TOTP {
		g.tries = append(g.tries, try{g.now, 1 / all})
		if c.Challenge.Sending > 0 && hit() {
			m.Sending = c.Challenge.Sending
		}
		return m
	}
	g.tries = append(g.tries, try{g.now, 3/all + 41/all/all})
	now := g.now.Unix()/30 + int64(c.Drift)
	for off := int64(-MaxDrift); off <= MaxDrift; off++ {
		switch {
		case !hit():
		case off >= -1 && off <= 1:
			m.Steps = append(m.Steps, uint64(now+off))
		default:
			m.Far = append(m.Far, uint64(now+off))
		}
	}
	return m
}

// worst is the most tries and the best chance within any 24 hours.
func (g *guesser) worst() (most int, chance float64) {
	for i := range g.tries {
		n, sum := 0, 0.0
		for _, b := range g.tries[i:] {
			if b.at.Sub(g.tries[i].at) >= 24*time.Hour {
				break
			}
			n, sum = n+1, sum+b.chance
		}
		most, chance = max(most, n), max(chance, sum)
	}
	return most, chance
}

// Whatever a guesser does at the defaults, on no day is the chance as much as one in ten thousand, and the owner gets in afterwards.
func TestAGuesserWithoutSleep(t *testing.T) {
	for seed := range uint64(12) {
		g := newGuesser(t, seed, 6)
		g.policy.Guess.SuspendAt = 1 << 30 // the bound is to hold without it
		g.live(3 * 24 * time.Hour)
		if most, chance := g.worst(); most > 23 || chance >= 1e-4 || most < 20 {
			t.Errorf("seed %d: %d codes were looked at within a day, with a chance of %.2g", seed, most, chance)
		}
		g.ownerGetsIn(t)
	}
}

// ownerGetsIn logs in with a recovery code at once, and with the app after the wait.
func (g *guesser) ownerGetsIn(t *testing.T) {
	t.Helper()
	stopped := g.now
	g.after(11 * time.Minute) // the logins that the guesser started no longer stand in the way
	g.run(login("owner-1"), recoveryCode("owner-1", 1))
	if _, ok := g.answer().(*guard.AttemptAccepted); !ok {
		t.Errorf("the owner's recovery code: %v", g.told())
	}
	overWait(g.world)
	if waited := g.now.Sub(stopped); waited > g.policy.Guess.MaxWait {
		t.Errorf("the owner waits for %s, at most %s are stated", waited, g.policy.Guess.MaxWait)
	}
	g.run(login("owner-2"), appCode("owner-2", uint64(g.now.Unix()/30)))
	if _, ok := g.answer().(*guard.AttemptAccepted); !ok {
		t.Errorf("the owner's app: %v", g.told())
	}
}

func (g *guesser) after(d time.Duration) { g.now = g.now.Add(d) }

// With codes of three digits luck is a thousand times as frequent: it must be what the count of tries says.
func TestLuckIsWhatTheCountOfTriesSays(t *testing.T) {
	hits, expected := 0, 0.0
	for seed := range uint64(400) {
		g := newGuesser(t, seed+100, 3)
		g.live(24 * time.Hour)
		hits += g.lucky
		for _, tried := range g.tries {
			expected += tried.chance
		}
	}
	if off := math.Abs(float64(hits) - expected); off > 4*math.Sqrt(expected) {
		t.Errorf("%d codes were right, %.1f were to be expected", hits, expected)
	}
	t.Logf("%d right codes of three digits, %.1f expected", hits, expected)
}

// docs/guessing.md says what the bounds come to at the defaults; go test ./internal/core -run TheNumbersOfGuessing -update writes it.
func TestTheNumbersOfGuessing(t *testing.T) {
	const file = "../../../../docs/guessing.md"
	want := numbers(t)
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || string(got) != want {
		t.Errorf("docs/guessing.md is not what is computed (%v): cd services/verify && go test ./internal/core -run TheNumbersOfGuessing -update", err)
	}
}

func numbers(t *testing.T) string {
	t.Helper()
	w := newWorld(t)
	enrolled(events.TOTP)(w)
	var waits []string
	day, all := 0, 0
	for !w.state.Locks[events.TOTP].Suspended {
		guess(w)
		if all++; all > 1000 {
			t.Fatal("no suspension after a thousand wrong codes")
		}
		if w.now.Sub(noon) < 24*time.Hour {
			day++
		}
		if until, locked := w.state.Locked(events.TOTP, w.now); locked && len(waits) < 10 && !until.IsZero() {
			waits = append(waits, until.Sub(w.now).String())
		}
	}
	p := w.policy
	window := 1 + p.TOTP.Back + p.TOTP.Forward
	chance := float64(day*window) / million
	return fmt.Sprintf(page, day, window, chance, 1/chance, float64(day)/million, all, w.now.Sub(noon).Round(time.Hour).Hours(),
		float64(all*window)/million, strings.Join(waits, ", "), p.Guess.MaxWait, 41)
}

const page = `# What guessing comes to

The bounds of wrong codes at the defaults, computed by the decider itself and checked by its tests: ` + "`cd services/verify && go test ./internal/core -run 'Gues|Luck'`" + `.
A guesser here knows the password, starts any number of logins and step-ups side by side, asks for codes again, goes from factor to
factor, and never loses a moment.

| | at the defaults |
|---|---|
| wrong codes of a user that are looked at in any 24 hours | at most %d |
| codes of an app that are right at a time | %d of 1,000,000 |
| chance of a guesser's success on a day, against an app | %.2g, one in %.0f |
| the same against a sent code, of which one is right | %.2g |
| wrong codes in a row until every short code is suspended | %d, after %.0f hours of guessing |
| chance of success until then | %.2g |
| waits from the fifth wrong code of a day on | %s, and so on |
| longest wait | %s |
| chance that two guesses pass for a clock that is minutes off | %d in 10^12 |

What the owner notices:

- A wait does not grow by attempts during it. Once the guesser stops, a code of the app is accepted after at most the longest wait; a recovery code is accepted
  at any time, also while codes are suspended.
- Every contact is told of the first wait of a day and of a suspension.
- A success does not lower the count of the day, so that a guesser gains nothing by the owner's logins; it does start the row anew that leads to
  a suspension.

A policy that would let the chance of a day reach 1 in 10,000 is refused when it is read. SP 800-63B (3.2.2) allows at most 100 wrong codes in a row.
`
