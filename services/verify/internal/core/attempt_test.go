package core

import (
	"fmt"
	"testing"
	"time"

	"countersign/pkg/events"
)

func TestAttempt(t *testing.T) {
	play(t, []scenario{
		{
			name:  "the right code of the app is accepted",
			given: []act{enrolled(events.TOTP), login("a")},
			when:  code("a", 100),
			then:  says("accepted a login totp until +120 s"),
		},
		{
			name:  "a step-up is accepted as one",
			given: []act{enrolled(events.TOTP), stepUp("a")},
			when:  code("a", 100),
			then:  says("accepted a step_up totp until +120 s"),
		},
		{
			name:  "a wrong code takes one attempt",
			given: []act{enrolled(events.TOTP), login("a")},
			when:  wrong("a"),
			then:  says("refused wrong_code, 4 left"),
		},
		{
			name:  "the same code does not open a second login, and that is told",
			given: []act{enrolled(events.TOTP), login("a"), login("b"), code("a", 100)},
			when:  code("b", 100),
			then:  says("refused replayed, 4 left", "reuse of a in b"),
		},
		{
			name:  "a time step before the last one accepted is refused",
			given: []act{enrolled(events.TOTP), login("a"), login("b"), code("a", 100)},
			when:  code("b", 99),
			then:  says("refused replayed, 4 left"),
		},
		{
			name:  "the next time step is accepted",
			given: []act{enrolled(events.TOTP), login("a"), login("b"), code("a", 100)},
			when:  code("b", 101),
			then:  says("accepted b login totp until +120 s"),
		},
		{
			name:  "the step that activated the factor does not open the first login",
			given: []act{activated(events.TOTP, "e", 100), login("a")},
			when:  code("a", 100),
			then:  says("refused replayed, 4 left"),
		},
		{
			name:  "of several steps with this code the lowest that is not spent counts, so that the others stay usable",
			given: []act{activated(events.TOTP, "e", 99), login("a"), login("b"), code("a", 101, 99, 100)},
			when:  code("b", 101, 99, 100),
			then:  says("accepted b login totp until +120 s"),
		},
		{
			name:  "replayed codes use up the challenge",
			given: []act{activated(events.TOTP, "e", 100), login("a"), times(4, func(int) act { return code("a", 100) })},
			when:  code("a", 100),
			then:  says("refused replayed, 0 left", "closed c-a too_many_attempts"),
		},
		{
			name:  "replayed codes make nobody wait",
			given: []act{activated(events.TOTP, "e", 100), login("a"), login("b"), times(5, func(int) act { return code("a", 100) })},
			when:  code("b", 101),
			then:  says("accepted b login totp until +120 s"),
		},
		{
			name:  "a new app starts with its own steps",
			given: []act{enrolled(events.TOTP), login("a"), code("a", 100), activated(events.TOTP, "new", 90), login("b")},
			when:  code("b", 91),
			then:  says("accepted b login totp until +120 s"),
		},
		{
			name:  "an accepted challenge takes no second code",
			given: []act{enrolled(events.TOTP), login("a"), code("a", 100)},
			when:  code("a", 101),
			then:  says("refused closed, 0 left"),
		},
		{
			name:  "a challenge that is not known takes no code",
			given: []act{enrolled(events.TOTP)},
			when:  code("a", 100),
			then:  says("refused unknown_challenge, 0 left"),
		},
		{
			name:  "a challenge takes no code when its 10 minutes are over, though its timer is late",
			given: []act{enrolled(events.TOTP), login("a"), after(10 * time.Minute)},
			when:  code("a", 100),
			then:  says("refused expired, 5 left"),
		},
		{
			name:  "a nanosecond before that it does",
			given: []act{enrolled(events.TOTP), login("a"), after(10*time.Minute - 1)},
			when:  code("a", 100),
			then:  says("accepted a login totp until +120 s"),
		},
		{
			name:  "an expired challenge says so",
			given: []act{enrolled(events.TOTP), login("a"), after(10 * time.Minute), due("a")},
			when:  code("a", 100),
			then:  says("refused expired, 0 left"),
		},
		{
			name:  "a superseded challenge is closed",
			given: []act{enrolled(events.TOTP), times(6, func(i int) act { return login(fmt.Sprint(i)) })},
			when:  code("0", 100),
			then:  says("refused closed, 0 left"),
		},
		{
			name:  "after five wrong codes the right one comes too late",
			given: []act{enrolled(events.TOTP), login("a"), wrongs("a", 5)},
			when:  code("a", 100),
			then:  says("refused too_many_attempts, 0 left"),
		},
		{
			name:  "a factor that was removed meanwhile opens nothing",
			given: []act{enrolled(events.TOTP), login("a"), removed(events.TOTP)},
			when:  code("a", 100),
			then:  says("refused closed, 5 left", "closed c-a removed"),
		},
		{
			name:  "an app that replaced the challenge's does not open it",
			given: []act{enrolled(events.TOTP), login("a"), activated(events.TOTP, "new", 90)},
			when:  code("a", 100),
			then:  says("refused closed, 5 left", "closed c-a removed"),
		},
		{
			name:  "a comparison with another enrollment's key shows nothing",
			given: []act{enrolled(events.TOTP), login("a")},
			when: func(w *world) {
				w.ask(AttemptSubmitted{
					User: user, ChallengeID: "c-a", Evidence: w.read(), Match: Match{EnrollmentID: "other", Steps: []uint64{100}},
				})
			},
			then: says("refused wrong_code, 4 left"),
		},
		{
			name:  "another user's question is refused",
			given: []act{enrolled(events.TOTP), login("a")},
			when:  func(w *world) { w.ask(AttemptSubmitted{User: "u-2", ChallengeID: "c-a", Evidence: w.read()}) },
			then:  says("rejected invalid user"),
		},
	})
}

func TestSentCode(t *testing.T) {
	play(t, []scenario{
		{
			name:  "the code that was sent is accepted",
			given: []act{enrolled(events.SMS), login("a")},
			when:  newest("a"),
			then:  says("accepted a login sms until +120 s"),
		},
		{
			name:  "it is not accepted twice",
			given: []act{enrolled(events.SMS), login("a"), newest("a")},
			when:  newest("a"),
			then:  says("refused closed, 0 left"),
		},
		{
			name:  "it dies after 5 minutes, which is no guess",
			given: []act{enrolled(events.SMS), login("a"), after(5 * time.Minute)},
			when:  newest("a"),
			then:  says("refused expired, 4 left"),
		},
		{
			name:  "it dies with the challenge, whatever its life",
			given: []act{enrolled(events.SMS), login("a"), after(9 * time.Minute)},
			when:  resend("a"),
			then:  says("issued c-a sms, 5 left, sends 2 resend +60 s", "notify c-a by sms until +60 s"),
		},
		{
			name:  "a newer code kills the older",
			given: []act{enrolled(events.SMS), login("a"), after(30 * time.Second), resend("a")},
			when:  number("a", 1),
			then:  says("refused expired, 4 left"),
		},
		{
			name:  "the newer code is accepted",
			given: []act{enrolled(events.SMS), login("a"), after(30 * time.Second), resend("a")},
			when:  number("a", 2),
			then:  says("accepted a login sms until +120 s"),
		},
		{
			name:  "where nothing was sent because the user had to wait, no code is right",
			given: []act{enrolled(events.SMS), login("a"), wrongs("a", 5), login("b"), after(30 * time.Second)},
			when:  number("b", 0),
			then:  says("refused wrong_code, 4 left retry +60 s", "locked until +60 s"),
		},
		{
			name:  "an app's code may be given instead",
			given: []act{enrolled(events.TOTP), enrolled(events.SMS), login("a")},
			when:  appCode("a", 100),
			then:  says("accepted a login totp until +120 s"),
		},
		{
			name:  "an app's code given instead is spent",
			given: []act{enrolled(events.TOTP), enrolled(events.SMS), login("a"), appCode("a", 100), login("b")},
			when:  appCode("b", 100),
			then:  says("refused replayed, 4 left", "reuse of a in b"),
		},
		{
			name:  "a code of a factor to which none was sent has to be asked for",
			given: []act{enrolled(events.Email), enrolled(events.SMS), login("a")},
			when:  attempt("a", events.Email, func(Comparison) Match { return Match{Sending: 1} }),
			then:  says("rejected not_allowed factor"),
		},
	})
}

func TestExpiry(t *testing.T) {
	play(t, []scenario{
		{
			name:  "a challenge is closed when its time has come",
			given: []act{enrolled(events.TOTP), login("a"), after(10 * time.Minute)},
			when:  due("a"),
			then:  says("closed c-a expired"),
		},
		{
			name:  "a timer that comes early waits again",
			given: []act{enrolled(events.TOTP), login("a"), after(9 * time.Minute)},
			when:  due("a"),
			then:  says("timer expiry of c-a at +60 s"),
		},
		{
			name:  "the timer of an accepted challenge does nothing",
			given: []act{enrolled(events.TOTP), login("a"), code("a", 100), after(10 * time.Minute)},
			when:  due("a"),
		},
		{
			name:  "the timer of a challenge that is not known does nothing",
			given: []act{enrolled(events.TOTP)},
			when:  due("a"),
		},
	})
}
