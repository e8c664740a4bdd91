package core

import (
	"fmt"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/policy"
)

// guesses makes n wrong codes as early as the waits allow, each challenge used up before the next login.
func guesses(n int) act {
	return func(w *world) {
		for range n {
			guess(w)
		}
	}
}

func guess(w *world) {
	if until, locked := w.state.Locked(events.TOTP, w.now); locked {
		w.now = until
	}
	if len(w.state.Challenges) == 0 || !w.now.Before(w.state.Challenges[0].ExpiresAt) {
		for _, c := range w.state.Challenges {
			due(c.LoginID)(w)
		}
		login(w.name("g"))(w)
	}
	wrong(w.state.Challenges[0].LoginID)(w)
}

// overWait steps over a wait; a suspension has no end.
func overWait(w *world) {
	if until, _ := w.state.Locked(events.TOTP, w.now); until.After(w.now) {
		w.now = until
	}
}

func TestGuessing(t *testing.T) {
	play(t, []scenario{
		{
			name:  "the fifth wrong code of a day starts a wait, whichever login it came from",
			given: []act{enrolled(events.TOTP), login("a"), login("b"), wrongs("a", 4)},
			when:  wrong("b"),
			then:  says("refused wrong_code, 4 left retry +30 s", "locked until +30 s"),
		},
		{
			name:  "the fifth wrong code of one challenge also closes it",
			given: []act{enrolled(events.TOTP), login("a"), wrongs("a", 4)},
			when:  wrong("a"),
			then:  says("refused wrong_code, 0 left retry +30 s", "closed c-a too_many_attempts", "locked until +30 s"),
		},
		{
			name:  "during a wait a right code is refused",
			given: []act{enrolled(events.TOTP), login("a"), login("b"), wrongs("a", 5), after(10 * time.Second)},
			when:  code("b", 100),
			then:  says("refused locked, 5 left retry +20 s"),
		},
		{
			name:  "the wait holds for the user's other factors",
			given: []act{enrolled(events.TOTP), enrolled(events.SMS), login("a"), login("b"), wrongs("a", 5), after(10 * time.Second)},
			when:  appCode("b", 100),
			then:  says("refused locked, 5 left retry +20 s"),
		},
		{
			name: "attempts during a wait do not prolong it",
			given: []act{
				enrolled(events.TOTP), login("a"), login("b"), wrongs("a", 5), wrongs("b", 50), after(30 * time.Second),
			},
			when: code("b", 100),
			then: says("accepted b login totp until +120 s"),
		},
		{
			name:  "attempts during a wait share one commit a second",
			given: []act{enrolled(events.TOTP), login("a"), login("b"), wrongs("a", 5), wrong("b"), after(999 * time.Millisecond)},
			when:  wrong("b"),
			then:  says("refused locked, 5 left retry +29 s", "shared"),
		},
		{
			name:  "a second later there is another",
			given: []act{enrolled(events.TOTP), login("a"), login("b"), wrongs("a", 5), wrong("b"), after(time.Second)},
			when:  wrong("b"),
			then:  says("refused locked, 5 left retry +29 s"),
		},
		{
			name:  "each further wrong code doubles the wait",
			given: []act{enrolled(events.TOTP), login("a"), login("b"), wrongs("a", 5), after(30 * time.Second)},
			when:  wrong("b"),
			then:  says("refused wrong_code, 4 left retry +60 s", "locked until +60 s"),
		},
		{
			name:  "no wait is longer than two hours",
			given: []act{enrolled(events.TOTP), guesses(15), overWait, login("z")},
			when:  wrong("z"),
			then:  says("refused wrong_code, 4 left retry +7200 s", "locked until +7200 s"),
		},
		{
			name: "a success does not lower the count",
			given: []act{
				enrolled(events.TOTP), login("a"), login("b"), login("c"), wrongs("a", 4), code("b", 100),
			},
			when: wrong("c"),
			then: says("refused wrong_code, 4 left retry +30 s", "locked until +30 s"),
		},
		{
			name:  "a resend does not lower the count",
			given: []act{enrolled(events.SMS), login("a"), wrongs("a", 4), after(30 * time.Second), resend("a")},
			when:  wrong("a"),
			then:  says("refused wrong_code, 0 left retry +30 s", "closed c-a too_many_attempts", "locked until +30 s"),
		},
		{
			name:  "wrong codes of a day ago are forgotten",
			given: []act{enrolled(events.TOTP), login("a"), wrongs("a", 5), after(24 * time.Hour), login("b")},
			when:  wrong("b"),
			then:  says("refused wrong_code, 4 left"),
		},
		{
			name:  "a second short of a day they count",
			given: []act{enrolled(events.TOTP), login("a"), wrongs("a", 5), after(24*time.Hour - time.Second), login("b")},
			when:  wrong("b"),
			then:  says("refused wrong_code, 4 left retry +60 s", "locked until +60 s"),
		},
		{
			name: "policy can forget them sooner",
			given: []act{
				under(func(p *policy.Policy) { p.Guess.Window = time.Hour }), enrolled(events.TOTP), login("a"), wrongs("a", 5),
				after(time.Hour), login("b"),
			},
			when: wrong("b"),
			then: says("refused wrong_code, 4 left"),
		},
		{
			name:  "the hundredth wrong code in a row suspends",
			given: []act{enrolled(events.TOTP), guesses(99), overWait, login("z")},
			when:  wrong("z"),
			then:  says("refused wrong_code, 4 left", "suspended"),
		},
		{
			name:  "a suspension does not end by itself",
			given: []act{enrolled(events.TOTP), guesses(100), after(1000 * time.Hour), login("z")},
			when:  code("z", 100),
			then:  says("refused locked, 5 left"),
		},
		{
			name:  "a success starts the row anew",
			given: []act{enrolled(events.TOTP), guesses(99), overWait, login("y"), code("y", 100), login("z")},
			when:  wrong("z"),
			then:  says("refused wrong_code, 4 left retry +7200 s", "locked until +7200 s"),
		},
	})
}

func TestUnlock(t *testing.T) {
	play(t, []scenario{
		{
			name:  "an unlock is answered also where nothing is locked",
			given: []act{enrolled(events.TOTP)},
			when:  unlock(""),
			then:  says("unlocked"),
		},
		{
			name:  "an unlock ends the wait",
			given: []act{enrolled(events.TOTP), login("a"), login("b"), wrongs("a", 5), unlock("")},
			when:  code("b", 100),
			then:  says("accepted b login totp until +120 s"),
		},
		{
			name:  "an unlock does not lower the count: the next wrong code waits longer",
			given: []act{enrolled(events.TOTP), login("a"), login("b"), wrongs("a", 5), unlock("")},
			when:  wrong("b"),
			then:  says("refused wrong_code, 4 left retry +60 s", "locked until +60 s"),
		},
		{
			name:  "an unlock ends a suspension, and the row starts anew",
			given: []act{enrolled(events.TOTP), guesses(100), after(24 * time.Hour), unlock(""), login("z")},
			when:  wrong("z"),
			then:  says("refused wrong_code, 4 left"),
		},
		{
			name: "an unlock of one factor leaves the others waiting",
			given: []act{
				enrolled(events.TOTP), enrolled(events.SMS), login("a"), login("b"), wrongs("a", 5), unlock(events.TOTP),
			},
			when: newest("b"),
			then: says("refused locked, 5 left retry +30 s"),
		},
		{
			name: "a wait started after one factor was unlocked does not end the suspension of the others",
			given: []act{
				enrolled(events.TOTP), enrolled(events.SMS), guesses(100), unlock(events.TOTP), login("a"), login("b"),
				appWrong("a"), after(3 * time.Hour), login("c"),
			},
			when: newest("c"),
			then: says("refused locked, 5 left"),
		},
	})
}

func appWrong(login string) act {
	return attempt(login, events.TOTP, func(Comparison) Match { return Match{} })
}

// A guesser who never lets a moment pass gets 23 guesses into any 24 hours: with three valid codes of a million each, 6.9e-5.
func TestGuesserGetsAtMost23GuessesADay(t *testing.T) {
	for _, rest := range []time.Duration{0, time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour} {
		t.Run(fmt.Sprintf("resting %s after each ten guesses", rest), func(t *testing.T) {
			w := newWorld(t)
			w.policy.Guess.SuspendAt = 1 << 30 // the bound is to hold without it
			enrolled(events.TOTP)(w)
			var at []time.Time
			for i := range 300 {
				if i%10 == 0 {
					w.now = w.now.Add(rest)
				}
				guess(w)
				at = append(at, w.now)
			}
			most := 0
			for i := range at {
				n := 0
				for _, b := range at[i:] {
					if b.Sub(at[i]) < 24*time.Hour {
						n++
					}
				}
				most = max(most, n)
			}
			if most > 23 || rest == 0 && most != 23 {
				t.Errorf("%d guesses within 24 hours, want at most 23", most)
			}
			if p := float64(most) * 3 / 1e6; p >= 1e-4 {
				t.Errorf("a guesser succeeds with probability %g a day, want below 1e-4", p)
			}
		})
	}
}
