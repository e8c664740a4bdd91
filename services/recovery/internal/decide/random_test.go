package decide_test

import (
	"math/rand/v2"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
	"countersign/services/recovery/internal/decide"
)

// TestRandomHistories plays long histories and asks that they came across everything that recovery says: an audit that never saw a
// completion or a take-over would prove nothing.
func TestRandomHistories(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(24) {
		a := newAuditor(t)
		r := rand.New(rand.NewPCG(seed, 1))
		for range 250 {
			a.command(pick(r, seed), byte(r.UintN(256)))
			a.count(seen)
		}
		a.replay()
	}
	for _, row := range recovery.Types() {
		if (row.Direction == events.Out || row.Direction == events.Kept) && seen[row.Name()] == 0 {
			t.Errorf("no history came across %s", row.Name())
		}
	}
	for _, what := range []string{
		"second claim", "by the user", "by support", notification.RequestedType, "early",
		string(decide.Over), string(decide.OtherStep), string(decide.WrongCode), string(decide.CodeExpired), string(decide.TooManyCodes),
		string(decide.TooSoon), string(decide.NoMoreTexts), string(decide.CaptchaFailed), "refused rate_limited", "refused wrong_state",
		"refused not_allowed", "refused not_found", "refused no_contact", "refused stale_reauthentication",
		"replaced", "contact", "support", "erased",
	} {
		if seen[what] == 0 {
			t.Errorf("no history came across %s", what)
		}
	}
}

// count notes what the last command came to.
func (a *auditor) count(seen map[string]int) {
	for _, e := range a.made.Events {
		seen[e.EventType()]++
		switch e := e.(type) {
		case *recovery.Claimed:
			if e.Claim > 1 {
				seen["second claim"]++
			}
		case *recovery.Cancelled:
			seen[e.Reason]++
		case *recovery.Completed:
			if a.books[e.RecoveryID].support {
				seen["by support"]++
			} else {
				seen["by the user"]++
			}
		}
	}
	seen[string(a.made.Problem)]++
	if !a.made.Early.IsZero() {
		seen["early"]++
	}
	if a.no != nil {
		seen["refused "+string(a.no.Code)]++
	}
}

// pick gives each history a habit, so that also what takes long is reached.
func pick(r *rand.Rand, seed uint64) byte {
	habits := [][]byte{
		{doNext, doNext, doNext, doNext, doClaim, doPolicy, doWaitSeconds},
		{doAsk, doClaim, doText, doText, doMiss, doMiss, doMiss, doMiss, doPrint, doWaitSeconds},
		{doSupport, doApprove, doNext, doTimer, doWaitHours, doFollow},
		{doAsk, doAsk, doClaim, doText, doText, doWaitSeconds, doContact},
		{doNext, doNext, doSolve, doSolve, doPrint, doPolicy, doAsk},
		{doSupport, doSupport, doDeny, doCancel, doErase, doAsk, doNext},
	}
	habit := habits[seed%uint64(len(habits))]
	if r.UintN(8) > 0 {
		return habit[r.IntN(len(habit))]
	}
	return byte(r.UintN(commands))
}
