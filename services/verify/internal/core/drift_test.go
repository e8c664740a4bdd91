package core

import (
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
)

// shown gives the code that an app shows whose clock is some steps ahead, as the shell would find it: within the window around what
// ToCompare says, or far.
func shown(login string, ahead int) act {
	return func(w *world) {
		step := uint64(int64(w.now.Unix()/30) + int64(ahead))
		attempt(login, "", func(c Comparison) Match { return found(w, c, step) })(w)
	}
}

func found(w *world, c Comparison, step uint64) Match {
	off := int(int64(step)-w.now.Unix()/30) - c.Drift
	switch {
	case off >= -w.policy.TOTP.Back && off <= w.policy.TOTP.Forward:
		return Match{Steps: []uint64{step}}
	case off+c.Drift >= -MaxDrift && off+c.Drift <= MaxDrift:
		return Match{Far: []uint64{step}}
	}
	return Match{}
}

// logins pass, one after the other, a minute apart, by codes of a clock that is so many steps ahead.
func passing(ahead ...int) act {
	return func(w *world) {
		for _, a := range ahead {
			id := w.name("p")
			w.run(after(time.Minute), login(id), shown(id, a))
			if _, ok := w.last.Events[0].(*guard.AttemptAccepted); !ok {
				w.t.Fatalf("a code %d steps ahead: %v", a, w.told())
			}
		}
	}
}

func TestDrift(t *testing.T) {
	const yes, no = "accepted z login totp until +120 s", "refused wrong_code, 4 left"
	play(t, []scenario{
		{
			name:  "a code one step ahead is accepted",
			given: []act{enrolled(events.TOTP), login("z")},
			when:  shown("z", 1),
			then:  says(yes),
		},
		{
			name:  "a code two steps ahead is not",
			given: []act{enrolled(events.TOTP), login("z")},
			when:  shown("z", 2),
			then:  says(no),
		},
		{
			name:  "it is once the clock is known to be one step ahead",
			given: []act{enrolled(events.TOTP), passing(1), login("z"), after(time.Minute)},
			when:  shown("z", 2),
			then:  says(yes),
		},
		{
			name:  "and then a code from a step behind is not: the window is as wide as before",
			given: []act{enrolled(events.TOTP), passing(1), login("z"), after(time.Minute)},
			when:  shown("z", -1),
			then:  says(no),
		},
		{
			name:  "a clock that runs away slowly is followed",
			given: []act{enrolled(events.TOTP), passing(1, 2, 3, 4, 5, 6), login("z"), after(time.Minute)},
			when:  shown("z", 7),
			then:  says(yes),
		},
		{
			name:  "a code typed slowly is not taken for a slow clock",
			given: []act{enrolled(events.TOTP), passing(0, -1), login("z"), after(time.Minute)},
			when:  shown("z", 1),
			then:  says(yes),
		},
		{
			name:  "two of them are",
			given: []act{enrolled(events.TOTP), passing(-1, -1), login("z"), after(time.Minute)},
			when:  shown("z", -2),
			then:  says(yes),
		},
		{
			name:  "one that is on time in between is believed",
			given: []act{enrolled(events.TOTP), passing(-1, 0, -1), login("z"), after(time.Minute)},
			when:  shown("z", 1),
			then:  says(yes),
		},
		{
			name: "the activation shows the clock as well",
			given: []act{
				activated(events.TOTP, "e", uint64(noon.Add(-24*time.Hour).Unix()/30)+1), login("z"),
			},
			when: shown("z", 2),
			then: says(yes),
		},
		{
			name: "a new app has a clock of its own",
			given: []act{
				enrolled(events.TOTP), passing(1, 2, 3), activated(events.TOTP, "new", uint64(noon.Add(-24*time.Hour).Unix()/30)), login("z"),
			},
			when: shown("z", 4),
			then: says(no),
		},
		{
			name:  "nothing is followed beyond ten minutes",
			given: []act{enrolled(events.TOTP), passing(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21), login("z"), after(time.Minute)},
			when:  shown("z", 22),
			then:  says(no),
		},
	})
}

func TestTwoConsecutiveCodesShowTheClock(t *testing.T) {
	far := []act{enrolled(events.TOTP), login("z"), shown("z", 15)}
	play(t, []scenario{
		{
			name:  "of a clock that is minutes off one code is a wrong one",
			given: far[:2],
			when:  shown("z", 15),
			then:  says("refused wrong_code, 4 left"),
		},
		{
			name:  "the code after it is accepted",
			given: far,
			when:  shown("z", 16),
			then:  says("accepted z login totp until +120 s"),
		},
		{
			name:  "also half a minute later, as an app shows them",
			given: append(far[:3:3], after(30*time.Second)),
			when:  shown("z", 15),
			then:  says("accepted z login totp until +120 s"),
		},
		{
			name:  "from then on one is enough",
			given: append(far[:3:3], shown("z", 16), after(time.Minute), login("y")),
			when:  shown("y", 15),
			then:  says("accepted y login totp until +120 s"),
		},
		{
			name:  "a clock that is behind is found as well",
			given: []act{enrolled(events.TOTP), login("z"), shown("z", -15)},
			when:  shown("z", -14),
			then:  says("accepted z login totp until +120 s"),
		},
		{
			name:  "the code before it is not consecutive",
			given: far,
			when:  shown("z", 14),
			then:  says("refused wrong_code, 3 left"),
		},
		{
			name:  "nor the same once more",
			given: far,
			when:  shown("z", 15),
			then:  says("refused wrong_code, 3 left"),
		},
		{
			name:  "nor one after a gap",
			given: far,
			when:  shown("z", 17),
			then:  says("refused wrong_code, 3 left"),
		},
		{
			name:  "nor with a wrong code between them",
			given: append(far[:3:3], wrong("z")),
			when:  shown("z", 16),
			then:  says("refused wrong_code, 2 left"),
		},
		{
			name:  "nor in another challenge",
			given: append(far[:3:3], login("y")),
			when:  shown("y", 16),
			then:  says("refused wrong_code, 4 left"),
		},
		{
			name:  "beyond ten minutes nothing is found",
			given: []act{enrolled(events.TOTP), login("z"), shown("z", 21)},
			when:  shown("z", 22),
			then:  says("refused wrong_code, 3 left"),
		},
		{
			name:  "they cost what guesses cost: the fifth wrong code of a day begins a wait, though a code is right far off",
			given: []act{enrolled(events.TOTP), login("a"), login("z"), wrongs("a", 4)},
			when:  shown("z", 15),
			then:  says("refused wrong_code, 4 left retry +30 s", "locked until +30 s"),
		},
		{
			name:  "steps that are spent show nothing",
			given: []act{activated(events.TOTP, "e", uint64(noon.Unix()/30)-10), login("z"), shown("z", -11)},
			when:  shown("z", -10),
			then:  says("refused wrong_code, 3 left"),
		},
		{
			name:  "nor does a spent one with a fresh one after it",
			given: []act{activated(events.TOTP, "e", uint64(noon.Unix()/30)-10), login("z"), shown("z", -10)},
			when:  shown("z", -9),
			then:  says("refused wrong_code, 3 left"),
		},
	})
}

// Two neighbouring steps now and then have the same code: its second use, when the later step is not spent, is no replay.
func TestEqualCodesInNeighbouringStepsAreNoReplay(t *testing.T) {
	play(t, []scenario{
		{
			name:  "the same digits half a minute later are the later step's",
			given: []act{enrolled(events.TOTP), login("a"), code("a", 100), login("b"), after(30 * time.Second)},
			when:  code("b", 100, 101),
			then:  says("accepted b login totp until +120 s"),
		},
		{
			name:  "a third time they are a replay",
			given: []act{enrolled(events.TOTP), login("a"), code("a", 100), login("b"), code("b", 100, 101), login("c")},
			when:  code("c", 100, 101),
			then:  says("refused replayed, 4 left", "reuse of b in c"),
		},
	})
}
