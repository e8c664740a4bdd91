package decide_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/policy"
	"countersign/services/recovery/internal/decide"
)

// FuzzDecide plays any sequence of commands of three browsers, a platform and its support, two bytes each, and checks after every one
// what always holds.
func FuzzDecide(f *testing.F) {
	for _, seed := range sequences {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		a := newAuditor(t)
		for i := 0; i+1 < len(script) && i < 2*400; i += 2 {
			a.command(script[i], script[i+1])
		}
		a.replay()
	})
}

const (
	doAsk = iota
	doSupport
	doClaim
	doText
	doEnter
	doMiss
	doPrint
	doSolve
	doNext
	doApprove
	doDeny
	doCancel
	doFollow
	doTimer
	doErase
	doPolicy
	doContact
	doWaitSeconds
	doWaitMinutes
	doWaitHours
	commands
)

// sequences are those that a fuzzer or a reader found worth keeping.
var sequences = [][]byte{
	{doAsk, 0, doClaim, 0, doText, 0, doEnter, 0, doSolve, 18},
	{doAsk, 0, doClaim, 0, doNext, 0, doClaim, 1, doNext, 0, doNext, 1, doNext, 1, doNext, 0, doNext, 1},
	{doPolicy, 3, doAsk, 0, doClaim, 0, doSolve, 18, doClaim, 1, doSolve, 34, doSolve, 16, doText, 1, doEnter, 1},
	{doPolicy, 5, doAsk, 0, doClaim, 0, doApprove, 1, doClaim, 1, doWaitHours, 24, doTimer, 0, doTimer, 1, doApprove, 2, doWaitHours, 24, doTimer, 3},
	{doSupport, 0, doApprove, 0, doApprove, 1, doApprove, 2, doWaitHours, 23, doTimer, 1, doWaitHours, 1, doCancel, 0, doTimer, 1},
	{doSupport, 0, doApprove, 1, doWaitHours, 24, doTimer, 1, doTimer, 0},
	{doAsk, 0, doClaim, 0, doText, 0, doWaitSeconds, 60, doText, 0, doEnter, 18, doEnter, 0},
	{doAsk, 0, doClaim, 0, doText, 0, doWaitMinutes, 5, doEnter, 0, doMiss, 0},
	{doAsk, 0, doClaim, 0, doText, 0, doEnter, 0, doWaitMinutes, 1, doAsk, 0, doClaim, 1},
	{doPolicy, 2, doAsk, 0, doClaim, 0, doPrint, 18, doPrint, 18, doPrint, 18, doPrint, 18, doPrint, 18, doPrint, 0},
	{doPolicy, 6, doAsk, 0, doClaim, 0, doWaitMinutes, 1, doClaim, 1, doWaitHours, 24, doTimer, 2, doTimer, 3, doTimer, 0, doTimer, 1},
	{doSupport, 0, doAsk, 0, doApprove, 1},
	{doAsk, 0, doClaim, 0, doText, 0, doWaitMinutes, 1, doText, 0, doWaitMinutes, 2, doText, 0, doWaitMinutes, 4, doText, 0, doAsk, 65, doClaim, 0, doText, 0, doText, 0},
	slices.Repeat([]byte{doAsk, 65, doClaim, 0, doText, 0, doMiss, 0, doMiss, 0, doMiss, 0, doMiss, 0, doMiss, 0, doMiss, 0, doWaitMinutes, 31}, 30),
	slices.Repeat([]byte{doAsk, 0, doClaim, 0, doClaim, 1, doWaitSeconds, 200, doAsk, 1}, 60),
}

// policies are the steps that a platform may demand.
var policies = [][]recovery.Step{
	{recovery.Link, recovery.Text, recovery.Captcha},
	{recovery.Link},
	{recovery.Link, recovery.RecoveryCode},
	{recovery.Link, recovery.Captcha, recovery.Text},
	{recovery.Link, recovery.Approval, recovery.Text},
	{recovery.Link, recovery.Approval, recovery.WaitingPeriod},
	{recovery.Link, recovery.WaitingPeriod, recovery.Captcha},
	{recovery.Link, recovery.Text, recovery.RecoveryCode, recovery.Captcha, recovery.Approval, recovery.WaitingPeriod},
	{recovery.Link, recovery.Captcha, recovery.Approval},
}

var (
	people = []string{"ann", "bob", "scanner"}
	staff  = []string{"s1", "s2", user}
)

func (a *auditor) command(op, arg byte) {
	switch op % commands {
	case doAsk:
		a.check(decide.Requested{
			Request: a.by(), Evidence: a.read(), LoginID: fmt.Sprint("L", arg%4*(arg/64%2)), LoginKnown: arg < 248,
			ReauthenticatedAt: a.now.Add(-time.Duration(arg/32) * minute), Key: enrollment.Key{Keyring: "k", Number: 1},
		}, "")
	case doSupport:
		a.check(decide.SupportRequested{
			Request: a.by(), Evidence: a.read(), By: staff[int(arg)%3], CaseRef: fmt.Sprint("t", arg/3%2), Reason: "ciphertext",
			Unavailable: [][]recovery.Contact{nil, {recovery.Email}, {recovery.Phone}, {recovery.Email, recovery.Phone}}[int(arg/6)%4],
			Key:         enrollment.Key{Keyring: "k", Number: 1},
		}, "")
	case doClaim:
		a.claims(people[int(arg)%3], arg)
	case doText:
		a.check(decide.TextAsked{Request: a.by(), Browser: a.ticket(arg), Evidence: a.read()}, a.person(arg))
	case doEnter:
		a.enter(arg, uint64(arg/16)%2)
	case doMiss:
		a.check(decide.CodeSubmitted{Request: a.by(), Browser: a.ticket(arg), Evidence: a.read()}, a.person(arg))
	case doPrint:
		a.check(decide.RecoveryCodeJudged{
			Request: a.by(), Browser: a.ticket(arg), Evidence: a.read(), Right: arg/16%2 == 0, Unasked: arg/32%4 == 3,
		}, a.person(arg))
	case doSolve:
		a.solve(arg, []string{"", a.proof(), a.lastProof}[int(arg/16)%3])
	case doNext:
		a.next(arg)
	case doApprove:
		a.check(decide.ApprovalGiven{Request: a.by(), Evidence: a.read(), RecoveryID: a.some(arg), By: staff[int(arg)%3]}, "")
	case doDeny:
		a.check(decide.DenialGiven{Request: a.by(), RecoveryID: a.some(arg), By: staff[int(arg)%3]}, "")
	case doCancel:
		a.check(decide.CancellationRequested{Request: a.by(), RecoveryID: a.some(arg), By: staff[int(arg)%3]}, "")
	case doFollow:
		a.check(decide.CancelledByContact{Request: a.by(), RecoveryID: a.some(arg)}, "")
	case doTimer:
		a.fire(arg)
	case doErase:
		a.check(decide.UserErased{Request: a.by(), ErasedAt: a.now.Add(-time.Duration(arg) * minute)}, "")
	case doPolicy:
		a.policy.Recovery.Steps = policies[int(arg)%len(policies)]
	case doContact:
		a.contact(arg)
	case doWaitSeconds:
		a.now = a.now.Add(time.Duration(arg) * second)
	case doWaitMinutes:
		a.now = a.now.Add(time.Duration(arg) * minute)
	case doWaitHours:
		a.now = a.now.Add(time.Duration(arg) * hour)
	}
}

// A sequence can hardly reach a bound that is far away: these are near.
func near(p *policy.Policy) {
	p.Recovery.URL = "https://recovery.acme.example"
	p.Recovery.WrongPerDay, p.Recovery.PerHour, p.Challenge.Attempts = 7, 4, 3
	p.Resend.PerHour, p.Resend.PerChallenge = 4, 3
}
