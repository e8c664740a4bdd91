package core

import (
	"fmt"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/policy"
)

// printed gives the user a set of ten recovery codes.
func printed(id string) act {
	return evidence(func(e *Evidence) { e.Codes = &Codes{SetID: id, Count: 10, Keyring: "k", Number: 1} })
}

func reachable(by ...notification.Channel) act {
	return evidence(func(e *Evidence) { e.Contacts = by })
}

// recoveryCode gives the number-th code of the set for the challenge of a login; 0 is a wrong one.
func recoveryCode(login string, number int) act {
	return attempt(login, events.RecoveryCode, func(c Comparison) Match { return Match{SetID: c.Codes.SetID, Number: number} })
}

// asked has a recovery ask what the number-th code is worth.
func asked(number int) act {
	return func(w *world) {
		in := RecoveryCodeAsked{User: user, Evidence: w.read(), NoticeID: w.name("m")}
		if in.Evidence.Codes != nil {
			in.Match = Match{SetID: in.Evidence.Codes.SetID, Number: number}
		}
		w.ask(in)
	}
}

func TestRecoveryCode(t *testing.T) {
	play(t, []scenario{
		{
			name:  "a recovery code is accepted, and one fewer is left",
			given: []act{enrolled(events.TOTP), printed("s"), login("a")},
			when:  recoveryCode("a", 7),
			then:  says("accepted a login recovery_code until +120 s, 9 codes left"),
		},
		{
			name:  "they are accepted in any order",
			given: []act{enrolled(events.TOTP), printed("s"), login("a"), login("b"), recoveryCode("a", 7)},
			when:  recoveryCode("b", 2),
			then:  says("accepted b login recovery_code until +120 s, 8 codes left"),
		},
		{
			name:  "none is accepted twice, and that is told",
			given: []act{enrolled(events.TOTP), printed("s"), login("a"), login("b"), recoveryCode("a", 7)},
			when:  recoveryCode("b", 7),
			then:  says("refused replayed, 4 left", "reuse of a in b"),
		},
		{
			name:  "a new set starts anew",
			given: []act{enrolled(events.TOTP), printed("s"), login("a"), login("b"), recoveryCode("a", 7), printed("s2")},
			when:  recoveryCode("b", 7),
			then:  says("accepted b login recovery_code until +120 s, 9 codes left"),
		},
		{
			name:  "the codes of the set before are worth nothing",
			given: []act{enrolled(events.TOTP), printed("s"), login("a"), printed("s2")},
			when:  attempt("a", events.RecoveryCode, func(Comparison) Match { return Match{SetID: "s", Number: 7} }),
			then:  says("refused wrong_code, 4 left"),
		},
		{
			name:  "a number above the set's is worth nothing",
			given: []act{enrolled(events.TOTP), printed("s"), login("a")},
			when:  recoveryCode("a", 11),
			then:  says("refused wrong_code, 4 left"),
		},
		{
			name:  "one is accepted during a wait",
			given: []act{enrolled(events.TOTP), printed("s"), login("a"), login("b"), wrongs("a", 5), after(time.Second)},
			when:  recoveryCode("b", 1),
			then:  says("accepted b login recovery_code until +120 s, 9 codes left"),
		},
		{
			name:  "one is accepted while suspended",
			given: []act{enrolled(events.TOTP), printed("s"), guesses(100), login("z")},
			when:  recoveryCode("z", 1),
			then:  says("accepted z login recovery_code until +120 s, 9 codes left"),
		},
		{
			name:  "its acceptance ends no wait",
			given: []act{enrolled(events.TOTP), printed("s"), login("a"), login("b"), login("c"), wrongs("a", 5), recoveryCode("b", 1)},
			when:  code("c", 100),
			then:  says("refused locked, 5 left retry +30 s"),
		},
		{
			name:  "its acceptance ends no suspension",
			given: []act{enrolled(events.TOTP), printed("s"), guesses(100), login("y"), recoveryCode("y", 1), login("z")},
			when:  code("z", 100),
			then:  says("refused locked, 5 left"),
		},
		{
			name: "its acceptance starts the row of a hundred anew",
			given: []act{
				enrolled(events.TOTP), printed("s"), guesses(99), overWait, login("y"), recoveryCode("y", 1), login("z"),
			},
			when: wrong("z"),
			then: says("refused wrong_code, 4 left retry +7200 s", "locked until +7200 s"),
		},
		{
			name: "wrong ones make nobody wait",
			given: []act{
				enrolled(events.TOTP), printed("s"), login("z"),
				times(20, func(i int) act {
					return func(w *world) { w.run(login(fmt.Sprint(i%4)), recoveryCode(fmt.Sprint(i%4), 0)) }
				}),
			},
			when: code("z", 100),
			then: says("accepted z login totp until +120 s, 10 codes left"),
		},
		{
			name: "wrong ones use up the challenge",
			given: []act{
				enrolled(events.TOTP), printed("s"), login("a"), times(4, func(int) act { return recoveryCode("a", 0) }),
			},
			when: recoveryCode("a", 0),
			then: says("refused wrong_code, 0 left", "closed c-a too_many_attempts"),
		},
		{
			name:  "in an expired challenge it is not looked at",
			given: []act{enrolled(events.TOTP), printed("s"), login("a"), after(10 * time.Minute)},
			when:  recoveryCode("a", 1),
			then:  says("refused expired, 5 left"),
		},
		{
			name:  "a challenge whose factor was removed takes none",
			given: []act{enrolled(events.TOTP), enrolled(events.SMS), printed("s"), login("a"), removed(events.SMS)},
			when:  recoveryCode("a", 1),
			then:  says("refused closed, 5 left", "closed c-a removed"),
		},
		{
			name:  "who has no set is told so",
			given: []act{enrolled(events.TOTP), login("a")},
			when:  recoveryCode("a", 1),
			then:  says("rejected not_allowed factor"),
		},
		{
			name: "with three left every contact is told",
			given: []act{
				enrolled(events.TOTP), printed("s"), reachable(notification.Email, notification.SMS),
				times(6, func(i int) act {
					return func(w *world) { w.run(login(fmt.Sprint(i)), recoveryCode(fmt.Sprint(i), i+1)) }
				}), login("z"),
			},
			when: recoveryCode("z", 10),
			then: says("accepted z login recovery_code until +120 s, 3 codes left",
				"notice recovery_codes_low of s by email until +86400 s", "notice recovery_codes_low of s by sms until +86400 s"),
		},
		{
			name: "that is told once",
			given: []act{
				enrolled(events.TOTP), printed("s"), reachable(notification.Email),
				times(7, func(i int) act {
					return func(w *world) { w.run(login(fmt.Sprint(i)), recoveryCode(fmt.Sprint(i), i+1)) }
				}), login("z"),
			},
			when: recoveryCode("z", 10),
			then: says("accepted z login recovery_code until +120 s, 2 codes left"),
		},
	})
}

func TestJudgementForARecovery(t *testing.T) {
	play(t, []scenario{
		{
			name:  "a right code is spent",
			given: []act{enrolled(events.TOTP), printed("s")},
			when:  asked(3),
			then:  says("judged right, 9 codes left"),
		},
		{
			name:  "so that no login takes it",
			given: []act{enrolled(events.TOTP), printed("s"), asked(3), login("a")},
			when:  recoveryCode("a", 3),
			then:  says("refused replayed, 4 left"),
		},
		{
			name:  "and no other question",
			given: []act{enrolled(events.TOTP), printed("s"), asked(3)},
			when:  asked(3),
			then:  says("judged replayed, 9 codes left"),
		},
		{
			name:  "one that opened a login is spent",
			given: []act{enrolled(events.TOTP), printed("s"), login("a"), recoveryCode("a", 3)},
			when:  asked(3),
			then:  says("judged replayed, 9 codes left"),
		},
		{
			name:  "a wrong one costs nothing here",
			given: []act{enrolled(events.TOTP), printed("s")},
			when:  asked(0),
			then:  says("judged wrong_code, 10 codes left"),
		},
		{
			name:  "it is judged while suspended",
			given: []act{enrolled(events.TOTP), printed("s"), guesses(100)},
			when:  asked(1),
			then:  says("judged right, 9 codes left"),
		},
		{
			name:  "who has no set has no right code",
			given: []act{enrolled(events.TOTP)},
			when:  asked(1),
			then:  says("judged no_codes, 0 codes left"),
		},
		{
			name: "a user is told of the last few by whatever used them",
			given: []act{
				enrolled(events.TOTP), printed("s"), reachable(notification.SMS), times(6, func(i int) act { return asked(i + 1) }),
			},
			when: asked(9),
			then: says("judged right, 3 codes left", "notice recovery_codes_low of s by sms until +86400 s"),
		},
	})
}

func TestRecoveryCodesAreOffered(t *testing.T) {
	w := newWorld(t)
	w.run(enrolled(events.TOTP), printed("s"), login("a"))
	offered := func() bool {
		others := w.last.Events[0].(*guard.ChallengeIssued).OtherFactors
		return len(others) == 1 && others[0].Factor == events.RecoveryCode
	}
	if !offered() {
		t.Errorf("offered %v", w.last.Events[0].(*guard.ChallengeIssued).OtherFactors)
	}
	w.run(times(10, func(i int) act { return asked(i + 1) }), login("b"))
	if offered() {
		t.Error("offered though none is left")
	}
}

func TestReuseIsTold(t *testing.T) {
	seen := []act{enrolled(events.TOTP), reachable(notification.Email), login("a"), login("b"), code("a", 100)}
	play(t, []scenario{
		{
			name:  "a code that was seen in two logins is told to the user",
			given: seen,
			when:  code("b", 100),
			then:  says("refused replayed, 4 left", "reuse of a in b", "notice code_reused of c-b by email until +86400 s"),
		},
		{
			name:  "once for each code, so that nobody fills a mailbox",
			given: append(seen[:len(seen):len(seen)], code("b", 100)),
			when:  code("b", 100),
			then:  says("refused replayed, 3 left", "reuse of a in b"),
		},
		{
			name:  "the next code is told of again",
			given: append(seen[:len(seen):len(seen)], code("b", 100), code("b", 101), login("c")),
			when:  code("c", 101),
			then:  says("refused replayed, 4 left", "reuse of b in c", "notice code_reused of c-c by email until +86400 s"),
		},
		{
			name:  "also one that was used before the last",
			given: append(seen[:len(seen):len(seen)], login("c"), code("b", 101)),
			when:  code("c", 100),
			then:  says("refused replayed, 4 left", "reuse of a in c", "notice code_reused of c-c by email until +86400 s"),
		},
		{
			name:  "that is told once as well",
			given: append(seen[:len(seen):len(seen)], login("c"), code("b", 101), code("c", 100)),
			when:  code("c", 100),
			then:  says("refused replayed, 3 left", "reuse of a in c"),
		},
		{
			name:  "a code that was never used is not said to be",
			given: append(seen[:len(seen):len(seen)], login("c"), code("b", 102)),
			when:  code("c", 101),
			then:  says("refused replayed, 4 left"),
		},
		{
			name:  "policy can leave it at the event",
			given: append(seen[:len(seen):len(seen)], under(func(p *policy.Policy) { p.Guess.TellReuse = false })),
			when:  code("b", 100),
			then:  says("refused replayed, 4 left", "reuse of a in b"),
		},
		{
			name: "a recovery code likewise, once",
			given: []act{
				enrolled(events.TOTP), printed("s"), reachable(notification.Email), login("a"), login("b"), login("c"),
				recoveryCode("a", 1), recoveryCode("b", 1),
			},
			when: recoveryCode("c", 1),
			then: says("refused replayed, 4 left", "reuse of a in c"),
		},
	})
}

func TestLocksAreTold(t *testing.T) {
	play(t, []scenario{
		{
			name:  "the first wait of a day is told to every contact",
			given: []act{enrolled(events.TOTP), reachable(notification.Email, notification.SMS), login("a"), login("b"), wrongs("a", 4)},
			when:  wrong("b"),
			then: says("refused wrong_code, 4 left retry +30 s", "locked until +30 s",
				"notice factor_locked of c-b by email until +86400 s", "notice factor_locked of c-b by sms until +86400 s"),
		},
		{
			name:  "the next is not, so that nobody fills a mailbox",
			given: []act{enrolled(events.TOTP), reachable(notification.Email), login("a"), login("b"), wrongs("a", 5), overWait},
			when:  wrong("b"),
			then:  says("refused wrong_code, 4 left retry +60 s", "locked until +60 s"),
		},
		{
			name:  "a suspension is",
			given: []act{enrolled(events.TOTP), guesses(99), reachable(notification.Email), overWait, login("z")},
			when:  wrong("z"),
			then:  says("refused wrong_code, 4 left", "suspended", "notice factor_locked of c-z by email until +86400 s"),
		},
	})
}
