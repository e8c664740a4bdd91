package decide_test

import (
	"strings"
	"testing"

	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/policy"
)

var (
	supported = says("approval of A required by support s1 case until 168h", "tell recovery_opened by email about A until 24h",
		"tell recovery_opened by sms about A until 24h", "timer expiry of A at 168h")
	approved = says("approved A by s2 completes 24h", "passed approval of A, then waiting_period completes 24h",
		"tell recovery_approved by email about A until 24h", "tell recovery_approved by sms about A until 24h", "timer completion of A at 24h")
	asked     = given(supports("s1", "t1"))
	inWaiting = then(asked, approves("s2"))
)

func TestSupport(t *testing.T) {
	run(t, []scenario{
		{name: "opens a case that waits for a second person, and every contact is told", when: supports("s1", "t1"), then: supported},
		{name: "a contact that is said to be unavailable is told as well: a thief would name the owner's", when: supports("s1", "t1", recovery.Email), then: supported},
		{name: "when every contact is said to be unavailable nobody could cancel", when: supports("s1", "t1", recovery.Email, recovery.Phone), then: says("refused no_contact")},
		{name: "when no contact is known likewise", given: given(without(recovery.Email), without(recovery.Phone)), when: supports("s1", "t1"), then: says("refused no_contact")},
		{name: "one that is known must be available", given: given(without(recovery.Email)), when: supports("s1", "t1", recovery.Phone), then: says("refused no_contact")},
		{name: "a contact that was just changed is no obstacle", given: given(changed(recovery.Email, 0), changed(recovery.Phone, 0)), when: supports("s1", "t1"), then: supported},
		{name: "nor is a platform without pages", given: given(under(func(p *policy.Policy) { p.Recovery.URL = "" })), when: supports("s1", "t1"), then: supported},
		{name: "who has no factor has nothing to recover", given: given(noFactor), when: supports("s1", "t1"), then: says("refused wrong_state")},
		{name: "nobody asks for their own account", when: supports(user, "t1"), then: says("refused not_allowed by")},
		{name: "the same ticket again is told as it stands", given: then(asked, wait(minute)), when: supports("s1", "t1"),
			then: says("approval of A required by support s1 case until 167h59m")},
		{name: "whoever asks", given: asked, when: supports("s3", "t1"), then: supported[:1]},
		{name: "another ticket has to wait", given: asked, when: supports("s1", "t2"), then: says("refused wrong_state case_ref")},
		{name: "until that one is cancelled", given: then(asked, cancels("s1")), when: supports("s1", "t2"),
			then: says("approval of B required by support s1 case until 168h", "tell recovery_opened by email about B until 24h",
				"tell recovery_opened by sms about B until 24h", "timer expiry of B at 168h")},
		{name: "a case of the user gives way", given: given(asks("L1"), claims("ann")), when: supports("s1", "t1"),
			then: says("approval of B required by support s1 case until 168h", "tell recovery_opened by email about B until 24h",
				"tell recovery_opened by sms about B until 24h", "cancelled A: replaced", "timer expiry of B at 168h")},
		{name: "five cases in an hour are enough", given: given(times(5, supports("s1", "t1"), cancels("s1"))), when: supports("s1", "t1"), then: says("refused rate_limited again 1h")},
		{name: "whatever the user has used up", given: given(asks("L1"), asks("L2"), asks("L3"), asks("L4"), asks("L5")), when: supports("s1", "t1"),
			then: says("approval of F required by support s1 case until 168h", "tell recovery_opened by email about F until 24h",
				"tell recovery_opened by sms about F until 24h", "cancelled E: replaced", "timer expiry of F at 168h")},
		{name: "nor does support use up what the user has", given: given(times(5, supports("s1", "t1"), cancels("s1"))), when: asks("L1"),
			then: says("opened F by L1 to n•••@example.com, link 1 until 5m again 30s case until 30m", "tell recovery_link by email about F until 5m",
				"tell recovery_opened by sms about F until 24h", "timer expiry of F at 30m")},
		{name: "no browser has a part in its case", given: given(asks("L1"), claims("ann"), supports("s1", "t1")), when: solves("ann", "p1"), then: says("problem over")},
	})
}

func TestDeciding(t *testing.T) {
	run(t, []scenario{
		{name: "a second person approves, the waiting begins and everybody is told", given: asked, when: approves("s2"), then: approved},
		{name: "not the one who asked", given: asked, when: approves("s1"), then: says("refused not_allowed by")},
		{name: "not the user", given: asked, when: approves(user), then: says("refused not_allowed by")},
		{name: "not twice", given: inWaiting, when: approves("s3"), then: says("refused wrong_state recovery_id")},
		{name: "not after it was denied", given: then(asked, denies("s2")), when: approves("s3"), then: says("refused wrong_state recovery_id")},
		{name: "not after it was cancelled", given: then(asked, follows("A")), when: approves("s2"), then: says("refused wrong_state recovery_id")},
		{name: "not when its time is over", given: then(asked, wait(7*day)), when: approves("s2"), then: says("refused wrong_state recovery_id")},
		{name: "not what nobody asked for", when: approves("s2"), then: says("refused not_found recovery_id")},
		{name: "not what gave way", given: then(asked, cancels("s1"), asks("L1")), when: approvesOf("s2", "A"), then: says("refused wrong_state recovery_id")},
		{name: "an approval on the last day leaves the whole waiting period", given: then(asked, wait(7*day-minute)), when: approves("s2"),
			then: says(approved[0], "passed approval of A, then waiting_period completes 24h case until 24h", approved[2], approved[3], approved[4], "timer expiry of A at 24h")},
		{name: "a second person denies, which ends it", given: asked, when: denies("s2"), then: says("denied A by s2")},
		{name: "the one who asked may as well", given: asked, when: denies("s1"), then: says("denied A by s1")},
		{name: "but not after the approval", given: inWaiting, when: denies("s2"), then: says("refused wrong_state recovery_id")},
		{name: "nor twice", given: then(asked, denies("s2")), when: denies("s2"), then: says("refused wrong_state recovery_id")},
		{name: "a case of the user that policy lets go without one cannot be decided", given: given(asks("L1")), when: approves("s1"), then: says("refused wrong_state recovery_id")},
		{name: "nor one that has not come to it", given: given(steps(recovery.Link, recovery.Captcha, recovery.Approval), asks("L1"), claims("ann")),
			when: approves("s1"), then: says("refused wrong_state recovery_id")},
		{name: "nor denied", given: given(asks("L1")), when: denies("s1"), then: says("refused wrong_state recovery_id")},
	})
}

func TestTheSecondPersonByPolicy(t *testing.T) {
	ready := given(steps(recovery.Link, recovery.Approval), asks("L1"), claims("ann"))
	run(t, []scenario{
		{name: "is asked for when the steps before are passed, and the case has more time", given: given(steps(recovery.Link, recovery.Approval), asks("L1"), wait(minute)),
			when: claims("ann"), then: says("claimed A as 1", "passed link of A, then approval case until 167h59m",
				"approval of A required by policy case until 167h59m", "timer expiry of A at 167h59m")},
		{name: "completes the case where nothing follows", given: ready, when: approves("s1"), then: append(says("approved A by s1", "passed approval of A"), completed...)},
		{name: "is never the user", given: ready, when: approves(user), then: says("refused not_allowed by")},
		{name: "the timer of the shorter time comes to nothing", given: then(ready, wait(30*minute)), when: expiry("A", 30*minute)},
		{name: "that of the longer one ends it", given: then(ready, wait(7*day)), when: expiry("A", 7*day), then: says("expired A")},
		{name: "browsers go on after it with time enough",
			given: given(steps(recovery.Link, recovery.Approval, recovery.Captcha), asks("L1"), claims("ann"), wait(7*day-minute)), when: approves("s1"),
			then: says("approved A by s1", "passed approval of A, then captcha case until 30m", "timer expiry of A at 30m")},
		{name: "and complete", given: given(steps(recovery.Link, recovery.Approval, recovery.Captcha), asks("L1"), claims("ann"), approves("s1")), when: solves("ann", "p1"),
			then: append(says("passed captcha of A"), completed...)},
	})
}

func TestWaiting(t *testing.T) {
	own := given(steps(recovery.Link, recovery.WaitingPeriod), asks("L1"), claims("ann"))
	run(t, []scenario{
		{name: "completes the case when it is over", given: then(inWaiting, wait(day)), when: completion("A", day), then: append(says("passed waiting_period of A"), completed...)},
		{name: "not a moment before", given: then(inWaiting, wait(day-second)), when: completion("A", day), then: says("early at 1s")},
		{name: "once", given: then(inWaiting, wait(day), completion("A", day)), when: completion("A", day)},
		{name: "not by the timer of another wait", given: then(inWaiting, wait(day)), when: completion("A", 23*hour)},
		{name: "support cancels it at the last moment", given: then(inWaiting, wait(day)), when: cancels("s1"), then: says("cancelled A: support by s1")},
		{name: "a contact does so, too", given: then(inWaiting, wait(day)), when: follows("A"), then: says("cancelled A: contact")},
		{name: "and then it does not complete", given: then(inWaiting, wait(day), follows("A")), when: completion("A", day)},
		{name: "nor when it was cancelled before", given: then(inWaiting, cancels("s3"), wait(day)), when: completion("A", day)},
		{name: "a cancel link works once", given: then(inWaiting, follows("A")), when: follows("A"), then: says("problem over")},
		{name: "that of an expired case leads nowhere", given: given(asks("L1"), wait(30*minute)), when: follows("A"), then: says("problem over")},
		{name: "that of another case as well", given: given(asks("L1"), asks("L2")), when: follows("A"), then: says("problem over")},
		{name: "what nobody opened is not cancelled", when: cancels("s1"), then: says("refused not_found recovery_id")},
		{name: "nor what is over", given: given(asks("L1"), wait(30*minute)), when: cancels("s1"), then: says("refused wrong_state recovery_id")},
		{name: "a case of the user is", given: then(atCaptcha), when: cancels("s1"), then: says("cancelled A: support by s1")},
		{name: "a case that waits does not expire, however late its timer comes",
			given: then(asked, wait(7*day-minute), approves("s2"), wait(day)), when: expiry("A", 8*day-minute)},
		{name: "and then completes", given: then(asked, wait(7*day-minute), approves("s2"), wait(3*day)), when: completion("A", 8*day-minute),
			then: append(says("passed waiting_period of A"), completed...)},
		{name: "policy can demand it of the user's own case",
			given: given(steps(recovery.Link, recovery.WaitingPeriod), asks("L1")), when: claims("ann"),
			then: says("claimed A as 1", "passed link of A, then waiting_period completes 24h case until 168h", "timer completion of A at 24h", "timer expiry of A at 168h")},
		{name: "which completes as well", given: then(own, wait(day)), when: completion("A", day), then: append(says("passed waiting_period of A"), completed...)},
		{name: "whoever takes it over waits anew", given: then(own, wait(minute), claims("scanner"), wait(day-minute)), when: completion("A", day)},
		{name: "until then", given: then(own, wait(minute), claims("scanner"), wait(day)), when: completion("A", day+minute),
			then: append(says("passed waiting_period of A"), completed...)},
		{name: "browsers go on after it with time enough",
			given: given(steps(recovery.Link, recovery.WaitingPeriod, recovery.Captcha), under(func(p *policy.Policy) { p.Recovery.SupportLife = day }),
				asks("L1"), claims("ann"), wait(3*day)), when: completion("A", day),
			then: says("passed waiting_period of A, then captcha case until 30m", "timer expiry of A at 30m")},
	})
}

// Whoever decides late or twice is told why not.
func TestTheReasonIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		given []deed
		when  deed
		want  string
	}{
		"approved already":          {inWaiting, approves("s3"), "approved already"},
		"denied":                    {then(asked, denies("s2")), approves("s3"), "denied"},
		"cancelled by a contact":    {then(asked, follows("A")), denies("s3"), "cancelled (contact)"},
		"cancelled by support":      {then(asked, cancels("s1")), cancels("s3"), "cancelled (support)"},
		"completed":                 {then(inWaiting, wait(day), completion("A", day)), cancels("s3"), "completed"},
		"expired":                   {then(asked, wait(7*day), expiry("A", 7*day)), approves("s3"), "expired"},
		"expired, its timer late":   {then(asked, wait(7*day)), approves("s3"), "expired"},
		"of another step":           {given(asks("L1"), claims("ann")), approves("s3"), "sms"},
		"of the one who asked":      {asked, approves("s1"), "who asked"},
		"of a wait of another case": {asked, supports("s1", "t2"), "cancel it"},
	} {
		w := newWorld(t)
		for _, d := range c.given {
			d(w)
		}
		if c.when(w); w.no == nil || !strings.Contains(w.no.Message, c.want) {
			t.Errorf("%s: told %+v", name, w.no)
		}
	}
}
