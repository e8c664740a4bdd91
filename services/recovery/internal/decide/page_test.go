package decide_test

import (
	"testing"

	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/policy"
)

var completed = says("completed A", "tell recovery_completed by email about A until 24h", "tell recovery_completed by sms about A until 24h")

// atText is ann's browser before the code; atCaptcha is with it.
var (
	atText    = given(asks("L1"), claims("ann"))
	atCaptcha = append(atText[:2:2], texts("ann"), enters("ann", 1))
)

func then(given []deed, more ...deed) []deed { return append(given[:len(given):len(given)], more...) }

func TestTheLink(t *testing.T) {
	first := says("claimed A as 1", "passed link of A, then sms")
	second := says("claimed A as 2", "passed link of A, then sms")
	run(t, []scenario{
		{name: "gives the case to the browser that confirms it", given: given(asks("L1")), when: claims("ann"), then: first},
		{name: "confirmed again by the same browser it changes nothing", given: atText, when: claims("ann")},
		{name: "another browser takes the case over", given: atText, when: claims("scanner"), then: second},
		{name: "and then back", given: then(atText, claims("scanner")), when: claims("ann"), then: says("claimed A as 3", "passed link of A, then sms")},
		{name: "after five minutes it leads nowhere", given: given(asks("L1"), wait(5*minute)), when: claims("ann"), then: says("problem over")},
		{name: "a moment before it does", given: given(asks("L1"), wait(5*minute-1)), when: claims("ann"), then: first},
		{name: "when another was mailed it leads nowhere", given: given(asks("L1"), wait(minute), asks("L1")), when: claimsLink("ann", 1), then: says("problem over")},
		{name: "but that other does", given: given(asks("L1"), wait(minute), asks("L1")), when: claimsLink("ann", 2), then: first},
		{name: "one that was never mailed does not", given: given(asks("L1")), when: claimsLink("ann", 2), then: says("problem over")},
		{name: "of a case that nobody opened there is none", when: claims("ann"), then: says("problem over")},
		{name: "a case of support has none", given: given(supports("s1", "t1")), when: claimsLink("ann", 0), then: says("problem over")},
		{name: "of a cancelled case it leads nowhere", given: given(asks("L1"), follows("A")), when: claims("ann"), then: says("problem over")},
		{name: "the first right code kills it for others", given: atCaptcha, when: claims("scanner"), then: says("problem over")},
		{name: "and changes nothing for the browser that has the case", given: atCaptcha, when: claims("ann")},
		{name: "a recovery code kills it as well",
			given: given(steps(recovery.Link, recovery.RecoveryCode, recovery.Captcha), asks("L1"), claims("ann"), prints("ann", true)),
			when:  claims("scanner"), then: says("problem over")},
		{name: "a CAPTCHA does not",
			given: given(steps(recovery.Link, recovery.Captcha, recovery.Text), asks("L1"), claims("ann"), solves("ann", "p1")),
			when:  claims("scanner"), then: says("claimed A as 2", "passed link of A, then captcha")},
		{name: "without codes among the steps it can be confirmed until the last is passed",
			given: given(steps(recovery.Link, recovery.Captcha, recovery.WaitingPeriod), asks("L1"), claims("ann"), solves("ann", "p1")),
			when:  claims("scanner"), then: says("claimed A as 2", "passed link of A, then captcha")},
		{name: "a flood of browsers uses it up", given: given(asks("L1"), times(16, claims("scanner"), claims("ann"))), when: claims("scanner"), then: says("problem over")},
		{name: "and another one is as good as the first", given: given(asks("L1"), times(16, claims("scanner"), claims("ann")), wait(minute), asks("L1")),
			when: claims("scanner"), then: says("claimed A as 33", "passed link of A, then sms")},
	})
}

func TestWhoIsTakenOver(t *testing.T) {
	run(t, []scenario{
		{name: "cannot send a text", given: then(atText, claims("scanner")), when: texts("ann"), then: says("problem over")},
		{name: "cannot enter the code that was sent", given: then(atText, texts("ann"), claims("scanner")), when: enters("ann", 1), then: says("problem over")},
		{name: "has passed nothing", given: given(steps(recovery.Link, recovery.Captcha, recovery.Text), asks("L1"), claims("ann"), solves("ann", "p1"), claims("scanner")),
			when: texts("scanner"), then: says("problem other_step")},
		{name: "whoever took over has to solve a CAPTCHA as well",
			given: given(steps(recovery.Link, recovery.Captcha, recovery.Text), asks("L1"), claims("ann"), solves("ann", "p1"), claims("scanner")),
			when:  solves("scanner", "p2"), then: says("passed captcha of A, then sms")},
		{name: "with another one than was taken before",
			given: given(steps(recovery.Link, recovery.Captcha, recovery.Text), asks("L1"), claims("ann"), solves("ann", "p1"), claims("scanner")),
			when:  solves("scanner", "p1"), then: says("failed captcha of A", "problem captcha_failed")},
		{name: "an approval is void as well",
			given: given(steps(recovery.Link, recovery.Approval, recovery.WaitingPeriod), asks("L1"), claims("ann"), approves("s1"), claims("scanner"), wait(day)),
			when:  completion("A", day), then: nil},
		{name: "and is asked for again",
			given: given(steps(recovery.Link, recovery.Approval, recovery.WaitingPeriod), asks("L1"), claims("ann"), approves("s1")),
			when:  claims("scanner"), then: says("claimed A as 2", "passed link of A, then approval", "approval of A required by policy case until 168h")},
		{name: "a resend takes over from nobody", given: then(atText, texts("ann"), wait(minute), asks("L1")), when: enters("ann", 1), then: says("passed sms of A, then captcha")},
		{name: "a browser without a claim has no case", given: given(asks("L1")), when: texts("ann"), then: says("problem over")},
	})
}

func TestTheTextedCode(t *testing.T) {
	sent := says("texted A, code 1 until 5m again 30s", "tell recovery_text by sms about A until 5m")
	none := under(func(p *policy.Policy) { p.Resend.PerChallenge = 1 })
	five := times(5, enters("ann", 0))
	run(t, []scenario{
		{name: "is sent when the browser wants it", given: atText, when: texts("ann"), then: sent},
		{name: "not twice by a double click", given: then(atText, texts("ann")), when: texts("ann"), then: says("problem too_soon")},
		{name: "again after half a minute, and then not for a minute", given: then(atText, texts("ann"), wait(30*second)), when: texts("ann"),
			then: says("texted A, code 2 until 5m again 1m", "tell recovery_text by sms about A until 5m")},
		{name: "as often as policy says", given: then(atText, none, texts("ann"), wait(minute)), when: texts("ann"),
			then: says("texted A, code 2 until 5m", "tell recovery_text by sms about A until 5m")},
		{name: "and not more", given: then(atText, none, texts("ann"), wait(minute), texts("ann"), wait(minute)), when: texts("ann"), then: says("problem no_more_texts")},
		{name: "no code outlives its case", given: given(asks("L1"), wait(minute), claims("ann"), wait(26*minute)), when: texts("ann"),
			then: says("texted A, code 1 until 3m again 30s", "tell recovery_text by sms about A until 3m")},
		{name: "another case is no way around the bound of an hour",
			given: given(under(func(p *policy.Policy) { p.Resend.PerHour = 2 }), asks("L1"), claims("ann"), texts("ann"), asks("L2"), claims("ann"), texts("ann"),
				asks("L3"), claims("ann"), wait(minute)), when: texts("ann"), then: says("problem too_soon")},
		{name: "to a number that is gone none is sent", given: then(atText, without(recovery.Phone)), when: texts("ann"), then: says("problem no_more_texts")},
		{name: "nor to one that was changed meanwhile", given: then(atText, changed(recovery.Phone, 0)), when: texts("ann"), then: says("problem no_more_texts")},
		{name: "passes the step", given: then(atText, texts("ann")), when: enters("ann", 1), then: says("passed sms of A, then captcha")},
		{name: "entered twice it is no problem", given: atCaptcha, when: enters("ann", 1)},
		{name: "nor is anything else after it", given: atCaptcha, when: enters("ann", 0)},
		{name: "nor another text", given: atCaptcha, when: texts("ann")},
		{name: "a wrong one counts", given: then(atText, texts("ann")), when: enters("ann", 0), then: says("missed sms of A", "problem wrong_code")},
		{name: "after four wrong ones the right one passes", given: then(atText, texts("ann"), times(4, enters("ann", 0))), when: enters("ann", 1),
			then: says("passed sms of A, then captcha")},
		{name: "after five it is not looked at", given: then(atText, texts("ann"), five), when: enters("ann", 1), then: says("problem too_many")},
		{name: "another text gives five more", given: then(atText, texts("ann"), five, wait(minute), texts("ann")), when: enters("ann", 2),
			then: says("passed sms of A, then captcha")},
		{name: "the code before it is wrong", given: then(atText, texts("ann"), wait(minute), texts("ann")), when: enters("ann", 1),
			then: says("missed sms of A", "problem wrong_code")},
		{name: "ten wrong ones a day are enough", given: then(atText, texts("ann"), five, wait(minute), texts("ann"), five, wait(minute)), when: texts("ann"),
			then: says("problem too_many")},
		{name: "also when a good code is out", given: then(atText, texts("ann"), five, wait(minute), texts("ann"), times(4, enters("ann", 0)), wait(minute), texts("ann"), enters("ann", 0)),
			when: enters("ann", 3), then: says("problem too_many")},
		{name: "another case is no way around that",
			given: given(asks("L1"), claims("ann"), texts("ann"), five, asks("L2"), claims("ann"), wait(minute), texts("ann"), five, asks("L3"), claims("ann")),
			when:  texts("ann"), then: says("problem too_many")},
		{name: "nor is taking the case over",
			given: given(asks("L1"), claims("ann"), texts("ann"), five, claims("scanner")), when: enters("scanner", 1), then: says("problem too_many")},
		{name: "a day later there are more",
			given: given(asks("L1"), claims("ann"), texts("ann"), five, wait(minute), texts("ann"), five, wait(day), asks("L2"), claims("ann")),
			when:  texts("ann"), then: says("texted B, code 1 until 5m again 30s", "tell recovery_text by sms about B until 5m")},
		{name: "not a moment before", given: given(asks("L1"), claims("ann"), texts("ann"), five, wait(minute), texts("ann"), five, wait(day-minute-1), asks("L2"), claims("ann")),
			when: texts("ann"), then: says("problem too_many")},
		{name: "after five minutes it is too old", given: then(atText, texts("ann"), wait(5*minute)), when: enters("ann", 1), then: says("problem code_expired")},
		{name: "a wrong one then does not count", given: then(atText, texts("ann"), wait(5*minute)), when: enters("ann", 0), then: says("problem code_expired")},
		{name: "before any was sent none is looked at", given: atText, when: enters("ann", 0), then: says("problem code_expired")},
		{name: "before its turn none is looked at",
			given: given(steps(recovery.Link, recovery.Captcha, recovery.Text), asks("L1"), claims("ann")), when: enters("ann", 0), then: says("problem other_step")},
		{name: "a code that is none of the steps is not looked at",
			given: given(steps(recovery.Link, recovery.Captcha), asks("L1"), claims("ann")), when: enters("ann", 0), then: says("problem other_step")},
		{name: "when the time of the case is over it leads nowhere", given: given(asks("L1"), wait(4*minute), claims("ann"), wait(25*minute), texts("ann"), wait(minute)),
			when: enters("ann", 1), then: says("problem over")},
	})
}

func TestTheRecoveryCode(t *testing.T) {
	ready := given(steps(recovery.Link, recovery.RecoveryCode), asks("L1"), claims("ann"))
	run(t, []scenario{
		{name: "passes the step", given: ready, when: prints("ann", true), then: append(says("passed recovery_code of A"), completed...)},
		{name: "a wrong one counts", given: ready, when: prints("ann", false), then: says("missed recovery_code of A", "problem wrong_code")},
		{name: "after five wrong ones none is looked at in this case", given: then(ready, times(5, prints("ann", false))), when: prints("ann", true), then: says("problem too_many")},
		{name: "nor by another browser", given: then(ready, times(5, prints("ann", false)), claims("scanner")), when: prints("scanner", true), then: says("problem too_many")},
		{name: "another case gives five more, and then the day is over",
			given: then(ready, times(5, prints("ann", false)), asks("L2"), claims("ann"), times(5, prints("ann", false)), asks("L3"), claims("ann")),
			when:  prints("ann", true), then: says("problem too_many")},
		{name: "one that nobody was asked about is no wrong one", given: ready, when: tooSoon("ann")[0], then: says("problem other_step")},
		{name: "nor does it pass where it is not at hand", given: atText, when: tooSoon("ann")[0], then: says("problem other_step")},
		{name: "nor is it looked at where none is", given: then(ready, times(5, prints("ann", false))), when: tooSoon("ann")[0], then: says("problem too_many")},
		{name: "where policy does not want it, it passes nothing", given: atText, when: prints("ann", true), then: says("problem other_step")},
	})
}

func TestTheCAPTCHA(t *testing.T) {
	failed := says("failed captcha of A", "problem captcha_failed")
	run(t, []scenario{
		{name: "is the last step by default, and then all contacts are told", given: atCaptcha, when: solves("ann", "p1"), then: append(says("passed captcha of A"), completed...)},
		{name: "sent twice it is no problem", given: then(atCaptcha, solves("ann", "p1")), when: solves("ann", "p1")},
		{name: "unsolved it passes nothing", given: atCaptcha, when: solves("ann", ""), then: failed},
		{name: "one that nobody was asked about is no failure", given: atCaptcha, when: tooSoon("ann")[1], then: says("problem other_step")},
		{name: "after twenty failures none is looked at", given: then(atCaptcha, times(20, solves("ann", ""))), when: solves("ann", "p1"), then: says("problem captcha_failed")},
		{name: "before its turn it passes nothing", given: then(atText, texts("ann")), when: solves("ann", "p1"), then: says("problem other_step")},
	})
}

func TestHowACaseCompletes(t *testing.T) {
	run(t, []scenario{
		{name: "with the link, where policy wants no more", given: given(steps(recovery.Link), asks("L1")), when: claims("ann"),
			then: append(says("claimed A as 1", "passed link of A"), completed...)},
		{name: "with a code, where that is the last step", given: given(steps(recovery.Link, recovery.Captcha, recovery.Text), asks("L1"), claims("ann"), solves("ann", "p1"), texts("ann")),
			when: enters("ann", 1), then: append(says("passed sms of A"), completed...)},
		{name: "whoever was never told of it is told of nothing", given: then(atCaptcha, without(recovery.Email), without(recovery.Phone)), when: solves("ann", "p1"),
			then: says("passed captcha of A", "completed A")},
		{name: "a policy that wants less by now changes nothing for it", given: then(atText, texts("ann"), steps(recovery.Link, recovery.Text)), when: enters("ann", 1),
			then: says("passed sms of A, then captcha")},
		{name: "once only", given: then(atCaptcha, solves("ann", "p1"), wait(30*minute)), when: expiry("A", 30*minute)},
		{name: "then its link leads nowhere", given: then(atCaptcha, solves("ann", "p1")), when: claims("ann"), then: says("problem over")},
		{name: "then nobody cancels it", given: then(atCaptcha, solves("ann", "p1")), when: cancels("s1"), then: says("refused wrong_state recovery_id")},
		{name: "when its time is over it does not", given: then(atCaptcha, wait(30*minute)), when: solves("ann", "p1"), then: says("problem over")},
		{name: "a moment before it does", given: then(atCaptcha, wait(30*minute-1)), when: solves("ann", "p1"), then: append(says("passed captcha of A"), completed...)},
		{name: "its timer ends it", given: then(atCaptcha, wait(30*minute)), when: expiry("A", 30*minute), then: says("expired A")},
		{name: "once", given: then(atCaptcha, wait(30*minute), expiry("A", 30*minute)), when: expiry("A", 30*minute)},
		{name: "a timer that comes early comes again", given: then(atCaptcha, wait(29*minute)), when: expiry("A", 30*minute), then: says("early at 1m")},
	})
}
