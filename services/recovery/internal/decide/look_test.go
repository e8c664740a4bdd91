package decide_test

import (
	"testing"
	"time"

	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/policy"
	"countersign/services/recovery/internal/decide"
)

func TestWhatAPageTells(t *testing.T) {
	five := times(5, enters("ann", 0))
	spent := then(atText, texts("ann"), five, wait(minute), texts("ann"), five)
	for name, c := range map[string]struct {
		given []deed
		want  decide.Limits
	}{
		"before a text": {atText, decide.Limits{AttemptsLeft: 5, ResendAt: noon}},
		"after one": {then(atText, texts("ann"), enters("ann", 0)),
			decide.Limits{AttemptsLeft: 4, ResendAt: noon.Add(30 * second), CodeSent: true}},
		"after it is used up": {then(atText, texts("ann"), five), decide.Limits{ResendAt: noon.Add(30 * second)}},
		"after the last": {then(atText, under(func(p *policy.Policy) { p.Resend.PerChallenge = 1 }), texts("ann"), wait(minute), texts("ann")),
			decide.Limits{AttemptsLeft: 5, CodeSent: true}},
		"when the codes of a day are used up": {spent,
			decide.Limits{RetryAt: noon.Add(day), ResendAt: noon.Add(2 * minute)}},
		"where the day leaves fewer than the case": {then(atText, under(func(p *policy.Policy) { p.Recovery.WrongPerDay = 3 }), texts("ann"), enters("ann", 0)),
			decide.Limits{AttemptsLeft: 2, ResendAt: noon.Add(30 * second), CodeSent: true}},
		"at a recovery code": {given(steps(recovery.Link, recovery.RecoveryCode), asks("L1"), claims("ann"), prints("ann", false)),
			decide.Limits{AttemptsLeft: 4, ResendAt: noon}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for _, d := range c.given {
				d(w)
			}
			if got := decide.Look(w.state, *w.state.Open, w.policy, w.now); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestARecoveryCodeIsSpentOnlyWhereItWouldBeLookedAt(t *testing.T) {
	w := newWorld(t)
	for _, d := range given(steps(recovery.Link, recovery.RecoveryCode, recovery.Captcha), asks("L1"), claims("ann")) {
		d(w)
	}
	ready := func(who string, step recovery.Step, after time.Duration) bool {
		return decide.Ready(w.state, w.browsers[who], step, w.policy, w.now.Add(after))
	}
	if !ready("ann", recovery.RecoveryCode, 0) || ready("ann", recovery.Captcha, 0) || ready("bob", recovery.RecoveryCode, 0) || ready("ann", recovery.RecoveryCode, 30*minute) {
		t.Error("the wrong ones are judged")
	}
	if prints("ann", true)(w); ready("ann", recovery.RecoveryCode, 0) || !ready("ann", recovery.Captcha, 0) {
		t.Error("a step that is passed is judged again")
	}
}
