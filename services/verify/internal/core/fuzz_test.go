package core

import (
	"slices"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker/policy"
)

// FuzzDecide plays any sequence of commands, two bytes each, and checks after every one what always holds.
func FuzzDecide(f *testing.F) {
	for _, seed := range sequences {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		w := newAuditor(t)
		for i := 0; i+1 < len(script) && i < 2*400; i += 2 {
			w.command(script[i], script[i+1])
		}
		w.replay()
	})
}

const (
	doEnroll = iota
	doRemove
	doRequire
	doLogin
	doLoginAgain
	doCode
	doOtherCode
	doWrong
	doResend
	doUnlock
	doDue
	doWaitSeconds
	doWaitMinutes
	doOverWait
	doNewSet
	doRecoveryCode
	doJudge
	doRemoved
	doCleared
	doShown
	commands
)

// sequences are those that a fuzzer or a reader found worth keeping.
var sequences = [][]byte{
	{doEnroll, 0, doLogin, 0, doCode, 0, doLogin, 0, doCode, 0, doWaitSeconds, 30, doCode, 0},
	{doEnroll, 2, doLogin, 0, doCode, 0, doCode, 0, doLogin, 0, doWaitSeconds, 30, doResend, 0, doCode, 4, doCode, 0},
	{doEnroll, 0, doLogin, 0, doWrong, 0, doWrong, 0, doWrong, 0, doWrong, 0, doWrong, 0, doLogin, 0, doCode, 0, doOverWait, 0, doCode, 0},
	{doLogin, 0, doEnroll, 0, doLoginAgain, 0, doLogin, 0, doRemove, 0, doCode, 0, doLoginAgain, 0},
	{doLogin, 0, doLoginAgain, 0, doWaitMinutes, 65, doLoginAgain, 0},
	{doRequire, 0, doLogin, 0, doRequire, 0, doWaitMinutes, 65, doLoginAgain, 0},
	{doRequire, 0, doLogin, 0, doEnroll, 1, doLoginAgain, 0, doLogin, 0, doOtherCode, 0, doWaitMinutes, 10, doDue, 0},
	slices.Repeat([]byte{doEnroll, 0, doLogin, 0, doWrong, 0, doOverWait, 0}, 110),
	slices.Repeat([]byte{doEnroll, 1, doLogin, 0, doWaitSeconds, 40, doResend, 0}, 60),
	{doEnroll, 0, doNewSet, 0, doLogin, 0, doRecoveryCode, 3, doLogin, 0, doRecoveryCode, 3, doRecoveryCode, 4, doJudge, 5, doLogin, 0, doRecoveryCode, 5},
	slices.Concat([]byte{doEnroll, 0, doNewSet, 0}, slices.Repeat([]byte{doLogin, 0, doWrong, 0, doOverWait, 0}, 101), []byte{doLogin, 0, doRecoveryCode, 1, doCleared, 0, doLogin, 0, doCode, 0}),
	{doEnroll, 0, doLogin, 0, doShown, 15, doShown, 16, doWaitMinutes, 1, doLogin, 0, doShown, 15, doEnroll, 1, doRemove, 0, doRemoved, 0},
}

func (w *auditor) command(op, arg byte) {
	f := guard.ShortCodes()[int(arg)%3]
	switch op % commands {
	case doEnroll:
		if _, active := w.evidence.of(f); !active || arg >= 192 {
			activated(f, w.name("e"), w.step())(w.world)
		}
	case doRemove:
		removed(f)(w.world)
	case doRequire:
		w.evidence.Required = !w.evidence.Required
		w.policy.Enforcement = []policy.Enforcement{policy.AtOnce, policy.UntilActivation, policy.Grace}[int(arg)%3]
	case doLogin:
		w.start(w.name("l"), []events.Factor{"", f}[int(arg/3)%2])
	case doLoginAgain:
		w.start(w.pick(arg), "")
	case doCode:
		w.attempt(arg, "", w.right(arg))
	case doOtherCode:
		w.attempt(arg, f, w.right(arg))
	case doWrong:
		w.attempt(arg, "", func(Comparison) Match { return Match{} })
	case doResend:
		w.check(ResendRequested{
			User: user, ChallengeID: w.challenge(arg), Factor: []events.Factor{"", f}[int(arg/3)%2],
			Evidence: w.read(), NotificationID: w.name("n"),
		})
	case doUnlock:
		w.check(UnlockRequested{User: user, By: "staff", Factor: []events.Factor{"", f}[int(arg/3)%2]})
	case doDue:
		w.check(ChallengeExpiryDue{User: user, ChallengeID: w.challenge(arg)})
	case doWaitSeconds:
		w.now = w.now.Add(time.Duration(arg) * time.Second)
	case doWaitMinutes:
		w.now = w.now.Add(time.Duration(arg) * time.Minute)
	case doOverWait:
		overWait(w.world)
	default:
		w.rarer(op%commands, arg)
	}
}

func (w *auditor) rarer(op, arg byte) {
	switch op {
	case doNewSet:
		if w.evidence.Codes == nil || arg >= 240 {
			printed(w.name("s"))(w.world)
		}
	case doRecoveryCode:
		w.attempt(arg, events.RecoveryCode, func(c Comparison) Match { return Match{SetID: c.Codes.SetID, Number: int(arg) % 12} })
	case doJudge:
		in := RecoveryCodeAsked{User: user, Evidence: w.read(), NoticeID: w.name("m")}
		if in.Evidence.Codes != nil {
			in.Match = Match{SetID: in.Evidence.Codes.SetID, Number: int(arg) % 12}
		}
		w.check(in)
	case doRemoved:
		w.check(FactorsRemoved{User: user, Evidence: w.read()})
	case doCleared:
		at := w.now.Add(-time.Duration(arg) * time.Second)
		w.check(FactorsRemoved{User: user, Evidence: w.read(), Cleared: &Cleared{At: at, Reason: guard.UnlockedByReset, By: "staff"}})
	case doShown:
		step := uint64(int64(w.step()) + int64(arg)%48 - 24)
		w.attempt(0, "", func(c Comparison) Match {
			if c.Enrolled.Factor != events.TOTP {
				return Match{}
			}
			return found(w.world, c, step)
		})
	}
}

func (w *auditor) step() uint64 { return uint64(w.now.Unix()) / 30 }

// pick names one of the newest logins, mostly the last.
func (w *auditor) pick(arg byte) string {
	if len(w.logins) == 0 {
		return "none"
	}
	back := max(0, int(arg)%16-8)
	return w.logins[max(0, len(w.logins)-1-back)]
}

// challenge names the challenge of one of the newest logins, open or not.
func (w *auditor) challenge(arg byte) string {
	if c := w.owner[w.pick(arg)]; c != "" {
		return c
	}
	return "none"
}

func (w *auditor) start(id string, wish events.Factor) {
	if !slices.Contains(w.logins, id) {
		w.logins = append(w.logins, id)
	}
	w.check(LoginStarted{
		User: user, LoginID: id, Purpose: []guard.Purpose{"", guard.ForStepUp}[w.n%2], Factor: wish, Evidence: w.read(),
		ChallengeID: w.name("c"), NotificationID: w.name("n"),
	})
}

// right gives codes as a shell would find them: one or more steps around now, or one of the sendings.
func (w *auditor) right(arg byte) func(Comparison) Match {
	return func(c Comparison) Match {
		steps := []uint64{w.step() + uint64(arg)%3 - 1, w.step() + uint64(arg/3)%3 - 1}
		return Match{Steps: steps[:1+int(arg)%2], Sending: c.Challenge.Sending - min(c.Challenge.Sending, uint64(arg/4)%2)}
	}
}

func (w *auditor) attempt(arg byte, f events.Factor, match func(Comparison) Match) {
	in := AttemptSubmitted{User: user, ChallengeID: w.challenge(arg), Factor: f, Evidence: w.read(), NoticeID: w.name("m")}
	if what, ok := ToCompare(w.state, in, &w.policy, w.now); ok {
		in.Match = match(what)
		in.Match.EnrollmentID = what.Enrolled.EnrollmentID
	}
	w.check(in)
}
