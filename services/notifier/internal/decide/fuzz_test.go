package decide_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"countersign/pkg/events/notification"
	"countersign/services/notifier/internal/decide"
)

// FuzzDecide plays any sequence of what workers, timers and providers do about a notification, two bytes each, and checks after every one
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
	doWant = iota
	doTimer
	doAnswer
	doCrash
	doReport
	doWaitSeconds
	doWaitMinutes
	doExpiry
	doPolicy
	commands
)

// sequences are those that a fuzzer or a reader found worth keeping.
var sequences = [][]byte{
	{doWant, 0, doAnswer, 0, doReport, 4},
	{doWant, 0, doAnswer, 2, doTimer, 0, doAnswer, 2, doTimer, 0, doAnswer, 2, doTimer, 0},
	{doWant, 0, doCrash, 0, doWant, 0, doWaitSeconds, 30, doWant, 0, doWaitSeconds, 30, doWant, 32, doAnswer, 0},
	{doWant, 0, doAnswer, 4, doTimer, 48, doTimer, 32, doTimer, 16, doAnswer, 0},
	{doWant, 2, doTimer, 2, doTimer, 0, doAnswer, 6, doTimer, 1, doAnswer, 8, doReport, 2, doReport, 4},
	{doExpiry, 1, doWant, 2, doWaitMinutes, 1, doTimer, 0},
	{doExpiry, 1, doWant, 2, doWaitSeconds, 59, doTimer, 2},
	{doPolicy, 0, doWant, 0, doAnswer, 2, doTimer, 0, doPolicy, 4, doTimer, 0},
}

func (a *auditor) command(op, arg byte) {
	a.t.Helper()
	switch op % commands {
	case doWant:
		a.ask(a.due(0, arg))
	case doTimer:
		a.fire(arg)
	case doAnswer:
		if try, ok := a.answers(int(arg / 16)); ok {
			a.ask(ended(try, arg))
		}
	case doCrash:
		a.answers(int(arg))
	case doReport:
		a.ask(reported(arg))
	case doWaitSeconds:
		a.now = a.now.Add(time.Duration(arg) * time.Second)
	case doWaitMinutes:
		a.now = a.now.Add(time.Duration(arg) * time.Minute)
	case doExpiry:
		if a.state.Status == "" {
			a.expires = noon.Add(time.Duration(arg) * time.Minute)
		}
	case doPolicy:
		a.policy.Tries = 1 + int(arg)%5
	}
}

// due is what a worker finds that is to send. It has asked the provider of a try whose outcome nobody knows, or one before it.
func (a *auditor) due(try int, arg byte) decide.Due {
	d := decide.Due{
		Try: try, Provider: []string{"smtp", "other", ""}[arg%3], Stands: arg%16 < 14, Unfit: arg%16 == 13, Awaits: arg%2 == 0,
		Requested: notification.Requested{
			User: "u1", NotificationID: "n1", Channel: notification.Email, Template: notification.LoginCode, About: "c1", ExpiresAt: a.expires,
		},
	}
	if last, asks := decide.Asks(a.state, a.policy.Pace, a.now); asks {
		d.Last = decide.Answer{Try: last - int(arg/128), Evidence: decide.Evidence(arg / 16 % 4), ProviderRef: "r1"}
	}
	return d
}

// fire has a timer come, mostly when its time has, and sometimes once more later.
func (a *auditor) fire(arg byte) {
	a.t.Helper()
	if len(a.timers) == 0 {
		return
	}
	i := int(arg/4) % len(a.timers)
	t := a.timers[i]
	if arg%8 != 7 && a.now.Before(t.At) {
		a.now = t.At
	}
	if arg%4 != 3 {
		a.timers = slices.Delete(a.timers, i, i+1)
	}
	a.ask(a.due(t.Event.(*notification.RetryDue).Try, arg))
}

// ended is how a call may end.
func ended(try int, arg byte) decide.Ended {
	e := []decide.Ended{
		{}, {Awaits: true}, {Reason: notification.ProviderDown, Temporary: true}, {Reason: notification.BadAddress},
		{Reason: notification.UnknownOutcome, Unknown: true}, {Reason: notification.UnknownOutcome}, {Reason: notification.ProviderDown, Elsewhere: true},
		{Reason: notification.ProviderDown},
	}[arg%8]
	if e.Try = try; e.Reason == "" {
		e.ProviderRef = fmt.Sprint("r", try)
	}
	return e
}

// reported is what a provider may say later, of whatever try.
func reported(arg byte) decide.Reported {
	r := []decide.Reported{
		{Taken: true}, {Reason: notification.BadAddress}, {Reason: notification.Unreachable, Temporary: true}, {}, {Arrived: true},
	}[arg%5]
	r.Provider, r.ProviderRef = []string{"smtp", "other"}[arg/16%2], fmt.Sprint("r", 1+arg/64)
	return r
}

// TestRandomHistories asks that long histories came across everything that the notifier says: an audit that never saw a second try would prove
// nothing.
func TestRandomHistories(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(600) {
		a := newAuditor(t)
		r := rand.New(rand.NewPCG(seed, 1))
		for range 30 {
			a.command([]byte{doWant, doTimer, doTimer, doAnswer, doAnswer, doReport, byte(r.UintN(commands))}[r.IntN(7)], byte(r.UintN(256)))
			for _, e := range a.last.Events {
				seen[e.EventType()] = true
			}
			seen["a try after the first"] = seen["a try after the first"] || a.state.Try > 1
			seen["a wait"] = seen["a wait"] || !a.last.Wait.IsZero()
			seen["a try after one that is unknown"] = seen["a try after one that is unknown"] || a.state.Unsure
			seen["reason "+string(a.state.Reason)] = true
		}
		a.replay()
	}
	for _, what := range []string{
		notification.SendingType, notification.DeferredType, notification.SentType, notification.DeliveredType, notification.FailedType,
		notification.SuppressedType, "a try after the first", "a wait", "a try after one that is unknown", "reason superseded",
		"reason expired", "reason unknown_outcome", "reason provider_down", "reason bad_address", "reason unreachable",
	} {
		if !seen[what] {
			t.Errorf("no history came across %s", what)
		}
	}
}
