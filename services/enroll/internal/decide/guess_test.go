package decide_test

import (
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
)

func TestWrongCodes(t *testing.T) {
	run(t, []scenario{
		{
			name:  "a wrong code is told how many are left",
			given: history(pending(-minute, "e1", events.TOTP), missed(0, "e1", 2)),
			when:  submit("e1"),
			then:  says("rejected wrong_code, 2 left"),
		},
		{
			name:  "the fifth discards the enrollment",
			given: history(pending(-minute, "e1", events.TOTP), missed(0, "e1", 4)),
			when:  submit("e1"),
			then:  says("discarded e1 too_many_attempts"),
		},
		{
			name:  "a right code after four wrong ones activates",
			given: history(pending(-minute, "e1", events.TOTP), missed(0, "e1", 4)),
			when:  submit("e1", fits(100)),
			then:  says("activated e1 totp at step 100, with codes new", "10 codes new"),
		},
		{
			name:  "a resend does not lower the count",
			given: history(pending(-2*minute, "e1", events.SMS), missed(-minute, "e1", 4), resent(-minute, "e1", 2, minute)),
			when:  submit("e1"),
			then:  says("discarded e1 too_many_attempts"),
		},
		{
			name:  "nor does a new enrollment: the tenth of a day says when the next is looked at",
			given: history(nineWrong(), pending(-minute, "e3", events.TOTP)),
			when:  submit("e3"),
			then:  says("rejected wrong_code, 0 left, again 21h0m0s"),
		},
		{
			name:  "fewer are left where the day has fewer",
			given: history(nineWrong()[:8], pending(-minute, "e3", events.TOTP)),
			when:  submit("e3"),
			then:  says("rejected wrong_code, 3 left"),
		},
		{
			name:  "after ten even the right code has to wait",
			given: history(nineWrong(), pending(-minute, "e3", events.TOTP), missed(-second, "e3", 1)),
			when:  submit("e3", fits(100)),
			then:  says("rejected rate_limited, 0 left, again 21h0m0s"),
		},
		{
			name: "which is told without a commit to who tries again within a second",
			given: history(nineWrong(), pending(-minute, "e3", events.TOTP), missed(-second, "e3", 1), []past{{-second + 1,
				&enrollment.CodeRejected{User: user, EnrollmentID: "e3", Reason: enrollment.CodeRateLimited}}}),
			when: submit("e3", fits(100)),
			then: says("rejected rate_limited, 0 left, again 21h0m0s, shared"),
		},
		{
			name:  "and is accepted when the first is a day old",
			given: history(nineWrong(), pending(-minute, "e3", events.TOTP), missed(-second, "e3", 1)),
			at:    21 * hour,
			when:  submit("e3", fits(100)),
			then:  says("activated e3 totp at step 100, with codes new", "10 codes new"),
		},
	})
}

// nineWrong are five that discarded one enrollment and four of another, from three hours ago on.
func nineWrong() []past {
	return history(
		pending(-4*hour, "e1", events.TOTP), missed(-3*hour, "e1", 4), discarded(-3*hour, "e1", enrollment.DiscardTooManyAttempts),
		pending(-2*hour, "e2", events.TOTP), missed(-2*hour, "e2", 4),
	)
}
