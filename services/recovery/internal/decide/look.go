package decide

import (
	"time"

	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/policy"
)

// Limits is what a page tells of the step at hand.
type Limits struct {
	AttemptsLeft int       // sms, recovery_code: wrong codes that are still looked at
	RetryAt      time.Time // codes are not looked at until then; zero: they are
	ResendAt     time.Time // sms: from when on a text can be asked for; zero: no more in this case
	CodeSent     bool      // sms: a code was sent and is not used up by wrong ones
}

// Look says what a page tells of a case. It may have ended.
func Look(s recovery.State, r recovery.Recovery, p policy.Policy, now time.Time) Limits {
	v := view{state: s, policy: p, now: now}
	wrong := r.Text.Wrong
	if r.Next() == recovery.RecoveryCode {
		wrong = r.MissedCodes
	}
	today, again := v.wrongLeft()
	l := Limits{
		AttemptsLeft: max(0, min(today, p.Challenge.Attempts-wrong)), RetryAt: again,
		CodeSent: r.Text.Sending > 0 && r.Text.Wrong < p.Challenge.Attempts,
	}
	if r.Text.Sending <= uint64(p.Resend.PerChallenge) {
		l.ResendAt = later(v.textAt(r), now)
	}
	return l
}

// Ready says whether what a browser sends for a step would be looked at. Only then are verify and the CAPTCHA's provider asked, which
// spend what they judge; else Decide gives the same problem without them.
func Ready(s recovery.State, b Browser, step recovery.Step, p policy.Policy, now time.Time) bool {
	v := view{state: s, policy: p, now: now}
	_, _, ok := v.judged(b, step)
	return ok
}
