package core

import (
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
)

// gone tells that factors were removed; cleared, by a recovery that many minutes before now.
func gone(w *world) { w.ask(FactorsRemoved{User: user, Evidence: w.read()}) }

func cleared(ago time.Duration) act {
	return func(w *world) {
		w.ask(FactorsRemoved{
			User: user, Evidence: w.read(), Cleared: &Cleared{At: w.now.Add(-ago), Reason: guard.UnlockedByRecovery},
		})
	}
}

func endedAs(f events.Factor, why guard.CloseReason) act {
	return func(w *world) {
		removed(f)(w)
		w.evidence.Ended = map[string]guard.CloseReason{"e-" + string(f): why}
	}
}

func TestFactorsRemoved(t *testing.T) {
	play(t, []scenario{
		{
			name:  "open challenges of an enrollment that is no more are closed",
			given: []act{enrolled(events.TOTP), login("a"), login("b"), endedAs(events.TOTP, guard.Removed)},
			when:  gone,
			then:  says("closed c-a removed", "closed c-b removed"),
		},
		{
			name:  "with the reason that the enrollment's head remembers",
			given: []act{enrolled(events.TOTP), login("a"), endedAs(events.TOTP, guard.Recovered)},
			when:  gone,
			then:  says("closed c-a recovered"),
		},
		{
			name:  "challenges of factors that stay are left open",
			given: []act{enrolled(events.TOTP), login("a"), enrolled(events.SMS), login("b"), endedAs(events.TOTP, guard.Removed)},
			when:  gone,
			then:  says("closed c-a removed"),
		},
		{
			name:  "an enrollment that took its place does not keep them open",
			given: []act{enrolled(events.TOTP), login("a"), activated(events.TOTP, "new", 90)},
			when:  gone,
			then:  says("closed c-a removed"),
		},
		{
			name:  "told twice, nothing more happens",
			given: []act{enrolled(events.TOTP), login("a"), wrongs("a", 4), endedAs(events.TOTP, guard.Recovered), cleared(0)},
			when:  cleared(0),
		},
		{
			name:  "told before the head shows it, nothing happens",
			given: []act{enrolled(events.TOTP), login("a")},
			when:  gone,
		},
		{
			name:  "with the user's erasure everything open ends",
			given: []act{enrolled(events.TOTP), login("a"), removed(events.TOTP), evidence(func(e *Evidence) { e.ErasedAt = noon })},
			when:  gone,
			then:  says("closed c-a erased"),
		},
		{
			name: "what began after an erasure is not of it",
			given: []act{
				evidence(func(e *Evidence) { e.ErasedAt = noon }), after(time.Second), enrolled(events.TOTP), login("a"), removed(events.TOTP),
			},
			when: gone,
			then: says("closed c-a removed"),
		},
		{
			name:  "a removal by the user ends no wait",
			given: []act{enrolled(events.TOTP), login("a"), wrongs("a", 5), endedAs(events.TOTP, guard.Removed)},
			when:  gone,
		},
		{
			name:  "a recovery ends the wait",
			given: []act{enrolled(events.TOTP), login("a"), login("b"), wrongs("a", 5), endedAs(events.TOTP, guard.Recovered)},
			when:  cleared(0),
			then:  says("closed c-b recovered", "unlocked recovered"),
		},
		{
			name:  "and the suspension",
			given: []act{enrolled(events.TOTP), guesses(100), after(time.Hour), cleared(0), enrolled(events.TOTP), login("z")},
			when:  code("z", 100),
			then:  says("accepted z login totp until +120 s"),
		},
		{
			name:  "a wait that began after the recovery stays, however late the word comes",
			given: []act{enrolled(events.TOTP), login("a"), after(time.Minute), wrongs("a", 5)},
			when:  cleared(30 * time.Second),
		},
		{
			name:  "so does a suspension, also when its wrong codes are a day old and forgotten",
			given: []act{enrolled(events.TOTP), guesses(100), after(25 * time.Hour)},
			when:  cleared(48 * time.Hour * 10),
		},
		{
			name:  "wrong codes in a row from before it are forgotten",
			given: []act{enrolled(events.TOTP), guesses(99), cleared(0), overWait, login("z")},
			when:  wrong("z"),
			then:  says("refused wrong_code, 4 left retry +7200 s", "locked until +7200 s"),
		},
		{
			name:  "where there is nothing to end, nothing is said",
			given: []act{enrolled(events.TOTP), login("a"), code("a", 100), removed(events.TOTP)},
			when:  cleared(0),
		},
	})
}
