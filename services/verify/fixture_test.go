package verify_test

import (
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
	"countersign/services/verify"
)

func TestMain(m *testing.M) { workertest.Main(m) }

// A fixture is verify and one platform that talks to it.
type fixture struct {
	*workertest.House
	*workertest.Platform
	t *testing.T
}

func start(t *testing.T, change ...func(*workertest.Config)) *fixture {
	t.Helper()
	t.Parallel()
	c := workertest.Config{Workers: []worker.Worker{verify.Worker()}}
	for _, f := range change {
		f(&c)
	}
	h := workertest.Start(t, c)
	return &fixture{House: h, Platform: h.Platform(workertest.Acme), t: t}
}

// with changes the platform's policy.
func with(change func(*policy.Policy)) func(*workertest.Config) {
	return func(c *workertest.Config) {
		p := workertest.Lenient(workertest.Acme)
		change(&p)
		c.Policies = []policy.Policy{p}
	}
}

func login(user, id string) *guard.LoginStarted { return &guard.LoginStarted{User: user, LoginID: id} }

func attempt(user, challenge, code string) *guard.AttemptSubmitted {
	return &guard.AttemptSubmitted{User: user, ChallengeID: challenge, Code: events.NewSecret(code)}
}

// challenge starts a login that is answered with a challenge.
func (f *fixture) challenge(user, loginID string) *guard.ChallengeIssued {
	f.t.Helper()
	return workertest.As[*guard.ChallengeIssued](f.House, f.Ask(login(user, loginID)))
}

// rejected submits a code that is refused for the reason.
func (f *fixture) rejected(e *guard.AttemptSubmitted, why guard.RejectReason) *guard.AttemptRejected {
	f.t.Helper()
	r := workertest.As[*guard.AttemptRejected](f.House, f.Ask(e))
	if r.Reason != why {
		f.t.Errorf("rejected as %s, want %s", r.Reason, why)
	}
	return r
}

// accepted submits a code that passes.
func (f *fixture) accepted(e *guard.AttemptSubmitted) *guard.AttemptAccepted {
	f.t.Helper()
	return workertest.As[*guard.AttemptAccepted](f.House, f.Ask(e))
}

// refused asks for what cannot be.
func (f *fixture) refused(e events.Event, code events.Code, o ...workertest.Option) *events.RequestRejected {
	f.t.Helper()
	r := workertest.As[*events.RequestRejected](f.House, f.Ask(e, o...))
	if r.Code != code {
		f.t.Errorf("refused as %s %s: %s, want %s", r.Code, r.Field, r.Message, code)
	}
	return r
}

// passed counts the different events that let a login pass.
func (f *fixture) passed() int {
	f.Quiet()
	return len(workertest.Once(f.Heard(func(e workertest.Event) bool {
		return e.Envelope.Type == guard.AttemptAcceptedType || e.Envelope.Type == guard.ChallengeWaivedType
	})))
}

func (f *fixture) status(user, loginID string) guard.LoginStatus {
	f.t.Helper()
	var s guard.LoginStatus
	if err := f.RPC("login", "status", guard.LoginStatusRequest{User: user, LoginID: loginID}, &s); err != nil {
		f.t.Fatal(err)
	}
	return s
}
