package decide_test

import (
	"testing"

	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/policy"
)

// opened is what the first case of a user begins with.
var opened = says(
	"opened A by L1 to n•••@example.com, link 1 until 5m again 30s case until 30m",
	"tell recovery_link by email about A until 5m",
	"tell recovery_opened by sms about A until 24h",
	"timer expiry of A at 30m",
)

func TestOpening(t *testing.T) {
	run(t, []scenario{
		{name: "the link goes by mail, a notice to every other contact, and the case has its time", when: asks("L1"), then: opened},
		{name: "a user with an address alone has the link as the notice",
			given: given(without(recovery.Phone), steps(recovery.Link, recovery.Captcha)), when: asks("L1"), then: append(opened[:2:2], opened[3])},
		{name: "a password that was checked five minutes ago is fresh", when: asksWith("L1", 5*minute), then: opened},
		{name: "a second later it is not", when: asksWith("L1", 5*minute+1), then: says("refused stale_reauthentication reauthenticated_at")},
		{name: "a clock that is a minute ahead is borne", when: asksWith("L1", -minute), then: opened},
		{name: "one that is more is not", when: asksWith("L1", -minute-1), then: says("refused stale_reauthentication reauthenticated_at")},
		{name: "where policy demands a recovery code, an old password check will do",
			given: given(steps(recovery.Link, recovery.RecoveryCode)), when: asksWith("L1", day), then: opened},
		{name: "where policy demands an approval, too",
			given: given(steps(recovery.Link, recovery.Approval)), when: asksWith("L1", day), then: opened},
		{name: "a waiting period alone is not enough for that",
			given: given(steps(recovery.Link, recovery.WaitingPeriod)), when: asksWith("L1", day), then: says("refused stale_reauthentication reauthenticated_at")},
		{name: "a login that nobody started is not found", when: asksUnknown("L1"), then: says("refused not_found login_id")},
		{name: "who has no factor has nothing to recover", given: given(noFactor), when: asks("L1"), then: says("refused wrong_state")},
		{name: "without an address there is no link", given: given(without(recovery.Email)), when: asks("L1"), then: says("refused no_contact")},
		{name: "without a number there is no text", given: given(without(recovery.Phone)), when: asks("L1"), then: says("refused no_contact")},
		{name: "an address that was changed two days ago needs support",
			given: given(changed(recovery.Email, 72*hour-1)), when: asks("L1"), then: says("refused not_allowed")},
		{name: "a number, too", given: given(changed(recovery.Phone, 0)), when: asks("L1"), then: says("refused not_allowed")},
		{name: "unless no step uses it",
			given: given(changed(recovery.Phone, 0), steps(recovery.Link, recovery.Captcha)), when: asks("L1"), then: opened},
		{name: "a number that took the place of none counts at once", given: given(added(recovery.Phone)), when: asks("L1"), then: opened},
		{name: "after three days a changed one counts",
			given: given(changed(recovery.Phone, 72*hour)), when: asks("L1"), then: opened},
		{name: "without pages there is no way but support",
			given: given(under(func(p *policy.Policy) { p.Recovery.URL = "" })), when: asks("L1"), then: says("refused not_allowed")},
		{name: "nor where no link would lead to them",
			given: given(steps(recovery.Text, recovery.Link)), when: asks("L1"), then: says("refused not_allowed")},
	})
}

func TestAskingAgain(t *testing.T) {
	another := says("opened A by L1 to n•••@example.com, link 2 until 5m again 1m case until 29m", "tell recovery_link by email about A until 5m")
	run(t, []scenario{
		{name: "at once, it is told as it stands and nothing is sent", given: given(asks("L1")), when: asks("L1"), then: opened[:1]},
		{name: "after a while another link is sent, and no other notice", given: given(asks("L1"), wait(minute)), when: asks("L1"), then: another},
		{name: "also when the first link was confirmed", given: given(asks("L1"), claims("ann"), wait(minute)), when: asks("L1"), then: another},
		{name: "the second wait is longer",
			given: given(asks("L1"), wait(30*second), asks("L1"), wait(59*second)), when: asks("L1"),
			then: says("opened A by L1 to n•••@example.com, link 2 until 4m1s again 1s case until 28m31s")},
		{name: "no link outlives its case", given: given(asks("L1"), wait(27*minute)), when: asks("L1"),
			then: says("opened A by L1 to n•••@example.com, link 2 until 3m again 1m case until 3m", "tell recovery_link by email about A until 3m")},
		{name: "once a right code came, no other link is sent",
			given: given(asks("L1"), claims("ann"), texts("ann"), enters("ann", 1), wait(minute)), when: asks("L1"),
			then: says("opened A by L1 to n•••@example.com, link 1 until 4m again -30s case until 29m")},
		{name: "nor while a second person is asked",
			given: given(steps(recovery.Link, recovery.Approval), asks("L1"), claims("ann"), wait(minute)), when: asks("L1"),
			then: says("opened A by L1 to n•••@example.com, link 1 until 4m again -30s case until 167h59m")},
		{name: "five openings and resends in an hour are enough",
			given: given(asks("L1"), times(4, wait(5*minute), asks("L1")), wait(8*minute)), when: asks("L1"), then: says("refused rate_limited again 32m")},
		{name: "another login is no way around that",
			given: given(asks("L1"), asks("L2"), asks("L3"), asks("L4"), asks("L5")), when: asks("L6"), then: says("refused rate_limited again 1h")},
		{name: "an hour later there is one more",
			given: given(asks("L1"), asks("L2"), asks("L3"), asks("L4"), wait(minute), asks("L5"), wait(59*minute)), when: asks("L6"),
			then: says("opened F by L6 to n•••@example.com, link 1 until 5m again 30s case until 30m", "tell recovery_link by email about F until 5m",
				"tell recovery_opened by sms about F until 24h", "expired E", "timer expiry of F at 30m")},
		{name: "a contact that was changed meanwhile stops the resend",
			given: given(asks("L1"), wait(minute), changed(recovery.Email, 0)), when: asks("L1"), then: says("refused not_allowed")},
	})
}

func TestACaseGivesWay(t *testing.T) {
	replaced := says("opened B by L2 to n•••@example.com, link 1 until 5m again 30s case until 30m", "tell recovery_link by email about B until 5m",
		"tell recovery_opened by sms about B until 24h", "cancelled A: replaced", "timer expiry of B at 30m")
	run(t, []scenario{
		{name: "to the case of another login", given: given(asks("L1")), when: asks("L2"), then: replaced},
		{name: "whatever it has passed", given: given(asks("L1"), claims("ann"), texts("ann"), enters("ann", 1)), when: asks("L2"), then: replaced},
		{name: "its link leads nowhere then", given: given(asks("L1"), asks("L2")), when: claimsOf("ann", "A", 1), then: says("problem over")},
		{name: "nor does its browser", given: given(asks("L1"), claims("ann"), asks("L2")), when: texts("ann"), then: says("problem over")},
		{name: "when its time is over, that is what is said of it", given: given(asks("L1"), wait(30*minute)), when: asks("L2"),
			then: append(append(replaced[:3:3], "expired A"), replaced[4])},
		{name: "the same login opens another after that", given: given(asks("L1"), wait(30*minute)), when: asks("L1"),
			then: says("opened B by L1 to n•••@example.com, link 1 until 5m again 30s case until 30m", "tell recovery_link by email about B until 5m",
				"tell recovery_opened by sms about B until 24h", "expired A", "timer expiry of B at 30m")},
		{name: "its own timer comes to nothing", given: given(asks("L1"), asks("L2"), wait(30*minute)), when: expiry("A", 30*minute)},
		{name: "a case of support does not give way to the user's", given: given(supports("s1", "t1")), when: asks("L1"), then: says("refused wrong_state")},
		{name: "unless its time is over", given: given(supports("s1", "t1"), wait(7*day)), when: asks("L1"),
			then: says("opened B by L1 to n•••@example.com, link 1 until 5m again 30s case until 30m", "tell recovery_link by email about B until 5m",
				"tell recovery_opened by sms about B until 24h", "expired A", "timer expiry of B at 30m")},
	})
}
