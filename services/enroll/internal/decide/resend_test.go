package decide_test

import (
	"testing"

	"countersign/pkg/events"
)

func TestSentCodes(t *testing.T) {
	run(t, []scenario{
		{
			name:  "a code that was sent lives five minutes",
			given: pending(-5*minute+second, "e1", events.SMS),
			when:  submit("e1", fitsSent),
			then:  says("activated e1 sms at step 0, with codes new", "10 codes new"),
		},
		{
			name:  "then it is too old, and not counted",
			given: history(pending(-5*minute, "e1", events.SMS), missed(-minute, "e1", 1)),
			when:  submit("e1", fitsSent),
			then:  says("rejected expired, 4 left"),
		},
		{
			name:  "a wrong code is not looked at then",
			given: pending(-5*minute, "e1", events.SMS),
			when:  submit("e1"),
			then:  says("rejected expired, 5 left"),
		},
		{
			name:  "another is sent after half a minute",
			given: pending(-30*second, "e1", events.SMS),
			when:  resend("e1"),
			then: says("created e1 sms to •••• 1234, sending 2, resend 1m0s, expires 23h59m30s",
				"notify enrollment_code by sms about e1, until 5m0s"),
		},
		{
			name:  "not before",
			given: pending(-29*second, "e1", events.SMS),
			when:  resend("e1"),
			then:  says("refused rate_limited, again 1s"),
		},
		{
			name:  "the wait doubles with every sending",
			given: history(pending(-2*minute, "e1", events.SMS), resent(-minute, "e1", 2, minute)),
			when:  resend("e1"),
			then: says("created e1 sms to •••• 1234, sending 3, resend 2m0s, expires 23h58m0s",
				"notify enrollment_code by sms about e1, until 5m0s"),
		},
		{
			name:  "after the fifth resend there is no further one",
			given: history(pending(-hour, "e1", events.SMS), resent(-hour, "e1", 5, minute)),
			when:  resend("e1"),
			then: says("created e1 sms to •••• 1234, sending 6, expires 23h0m0s",
				"notify enrollment_code by sms about e1, until 5m0s"),
		},
		{
			name:  "a sixth is refused",
			given: history(pending(-hour, "e1", events.SMS), resent(-hour, "e1", 6, 0)),
			when:  resend("e1"),
			then:  says("refused rate_limited"),
		},
		{
			name:  "a user gets ten an hour, whatever the enrollment",
			given: history(tenResends(), pending(-5*minute, "e3", events.SMS)),
			when:  resend("e3"),
			then:  says("refused rate_limited, again 20m0s"),
		},
		{
			name:  "an app has nothing to be sent: the present state is said again",
			given: pending(-minute, "e1", events.TOTP),
			when:  resend("e1"),
			then:  says("created e1 totp, expires 23h59m0s"),
		},
		{
			name:  "what is active is not sent again",
			given: activated(-minute, "e1", events.SMS),
			when:  resend("e1"),
			then:  says("refused wrong_state enrollment_id"),
		},
		{
			name:  "nor what has expired",
			given: pending(-24*hour, "e1", events.SMS),
			when:  resend("e1"),
			then:  says("refused wrong_state enrollment_id"),
		},
		{name: "nor what was never asked for", when: resend("e1"), then: says("refused not_found enrollment_id")},
	})
}

func tenResends() []past {
	all := history(pending(-50*minute, "e1", events.SMS))
	for n := uint64(2); n <= 6; n++ {
		all = append(all, resent(-40*minute, "e1", n, 0)...)
	}
	all = append(all, pending(-30*minute, "e2", events.SMS)...)
	for n := uint64(2); n <= 6; n++ {
		all = append(all, resent(-20*minute, "e2", n, 0)...)
	}
	return all
}

func TestExpiry(t *testing.T) {
	run(t, []scenario{
		{name: "a pending enrollment is discarded when its day is over",
			given: pending(-24*hour, "e1", events.TOTP), when: due("e1"), then: says("discarded e1 expired")},
		{name: "a timer that comes too early comes again",
			given: pending(-24*hour+1, "e1", events.TOTP), when: due("e1"), then: says("early")},
		{name: "what was activated meanwhile stays", given: activated(-24*hour, "e1", events.TOTP), when: due("e1")},
		{name: "what was replaced meanwhile is not in the way",
			given: history(pending(-24*hour, "e1", events.TOTP), pending(-hour, "e2", events.TOTP)), when: due("e1")},
		{
			name:  "a code that comes before the late timer finds the enrollment expired",
			given: pending(-24*hour, "e1", events.TOTP),
			when:  submit("e1", fits(100)),
			then:  says("discarded e1 expired"),
		},
		{
			name:  "a code in the last moment activates",
			given: pending(-24*hour+1, "e1", events.TOTP),
			when:  submit("e1", fits(100)),
			then:  says("activated e1 totp at step 100, with codes new", "10 codes new"),
		},
	})
}
