package core

import (
	"math/rand/v2"
	"testing"

	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
)

// TestRandomHistories plays long histories and asks that they came across everything that verify says: an audit that never saw an
// acceptance or a suspension would prove nothing.
func TestRandomHistories(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(18) {
		w := newAuditor(t)
		r := rand.New(rand.NewPCG(seed, 1))
		for range 250 {
			w.command(pick(r, seed), byte(r.UintN(256)))
			for _, e := range w.last.Events {
				seen[e.EventType()]++
				if n, ok := e.(*notification.Requested); ok {
					seen[string(n.Template)]++
				}
				if a, ok := e.(*guard.AttemptAccepted); ok {
					seen["accepted "+string(a.Factor)]++
				}
				if c, ok := e.(*guard.ChallengeClosed); ok {
					seen[string(c.Reason)]++
				}
			}
			if w.shared {
				seen["shared"]++
			}
			if w.refused != nil {
				seen[string(w.refused.Code)]++
			}
		}
		w.replay()
	}
	for _, row := range guard.Types() {
		if row.Direction == "out" && seen[row.Name()] == 0 {
			t.Errorf("no history came across %s", row.Name())
		}
	}
	for _, what := range []string{
		"shared", "rate_limited", "wrong_state", "not_allowed", "login_code", "factor_locked", "code_reused", "recovery_codes_low",
		"accepted recovery_code", "accepted totp", "accepted email", "accepted sms", "removed", guard.RecoveryCodeJudgedType,
	} {
		if seen[what] == 0 {
			t.Errorf("no history came across %s", what)
		}
	}
}

// pick gives each history a habit, so that also what takes long is reached.
func pick(r *rand.Rand, seed uint64) byte {
	habits := [][]byte{
		{doWrong, doWrong, doWrong, doWrong, doWrong, doOverWait, doLogin, doEnroll},
		{doCode, doLogin, doEnroll, doWaitSeconds},
		{doEnroll, doResend, doResend, doLogin, doWaitSeconds, doWaitSeconds, doCode, doOtherCode, doDue},
		{doLogin, doLoginAgain, doRemove, doRequire},
		{doLogin, doEnroll, doRecoveryCode, doRecoveryCode, doNewSet, doJudge, doWrong, doRemove, doRemoved, doCleared},
		{doLogin, doEnroll, doShown, doShown, doShown, doWaitSeconds},
	}
	habit := habits[seed%uint64(len(habits))]
	if r.UintN(4) > 0 {
		return habit[r.IntN(len(habit))]
	}
	return byte(r.UintN(commands))
}
