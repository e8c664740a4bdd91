package enroll_test

import (
	"encoding/json"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
	"countersign/services/enroll"
)

func TestMain(m *testing.M) { workertest.Main(m) }

// A fixture is enroll and one platform that talks to it about one user.
type fixture struct {
	*workertest.House
	*workertest.Platform
	t   *testing.T
	ann workertest.User
}

func start(t *testing.T, change ...func(*policy.Policy)) *fixture {
	t.Helper()
	return startAt(t, workertest.SQLite, change...)
}

func startAt(t *testing.T, place workertest.Place, change ...func(*policy.Policy)) *fixture {
	t.Helper()
	t.Parallel()
	p := workertest.Lenient(workertest.Acme)
	p.Resend.After = time.Millisecond
	for _, f := range change {
		f(&p)
	}
	h := workertest.Start(t, workertest.Config{Workers: []worker.Worker{enroll.Worker()}, Policies: []policy.Policy{p}, Place: place})
	f := &fixture{House: h, Platform: h.Platform(workertest.Acme), t: t}
	f.ann = f.User("ann-1")
	return f
}

const (
	email = "ann.canary@example.org"
	phone = "+15005550006"
)

// requested asks for a factor right after the password was checked.
func requested(factor events.Factor) *enrollment.Requested {
	e := &enrollment.Requested{User: "ann-1", Factor: factor, ReauthenticatedAt: time.Now()}
	switch factor {
	case events.Email:
		e.Email = events.NewSecret(email)
	case events.SMS:
		e.Phone = events.NewSecret(phone)
	}
	return e
}

func submitted(enrollmentID, code string) *enrollment.CodeSubmitted {
	return &enrollment.CodeSubmitted{User: "ann-1", EnrollmentID: enrollmentID, Code: events.NewSecret(code), ReauthenticatedAt: time.Now()}
}

func (f *fixture) created(e events.Event) *enrollment.SecretCreated {
	f.t.Helper()
	return workertest.As[*enrollment.SecretCreated](f.House, f.Ask(e))
}

func (f *fixture) activated(e *enrollment.CodeSubmitted) *enrollment.Activated {
	f.t.Helper()
	return workertest.As[*enrollment.Activated](f.House, f.Ask(e))
}

func (f *fixture) rejected(e *enrollment.CodeSubmitted, why enrollment.CodeReason) *enrollment.CodeRejected {
	f.t.Helper()
	r := workertest.As[*enrollment.CodeRejected](f.House, f.Ask(e))
	if r.Reason != why {
		f.t.Errorf("rejected as %s, want %s", r.Reason, why)
	}
	return r
}

func (f *fixture) refused(e events.Event, code events.Code, o ...workertest.Option) *events.RequestRejected {
	f.t.Helper()
	r := workertest.As[*events.RequestRejected](f.House, f.Ask(e, o...))
	if r.Code != code {
		f.t.Errorf("%s is refused as %s %s: %s, want %s", e.EventType(), r.Code, r.Field, r.Message, code)
	}
	return r
}

// code is the right one: of the app, or of the nth sending.
func (f *fixture) code(factor events.Factor, enrollmentID string, n uint64) string {
	if factor == events.TOTP {
		return f.ann.SeedCode(f.ann.Ref(), enrollmentID, workertest.Step())
	}
	return f.ann.Sent(enrollmentID, n)
}

// state is what the stream's last commit leaves.
func (f *fixture) state() (s enrollment.State) {
	f.t.Helper()
	all := f.ann.Commits("enrollment")
	if len(all) == 0 {
		return s
	}
	if err := json.Unmarshal(all[len(all)-1].State, &s); err != nil {
		f.t.Fatal(err)
	}
	return s
}

func factorsOf(s enrollment.State) (list []events.Factor) {
	for _, a := range s.Active() {
		list = append(list, a.Factor)
	}
	return list
}

// follows are the events of a type that one commit holds beside its answer.
func follows[E events.Event](f *fixture, answer workertest.Event) (list []E) {
	for _, e := range f.Following(answer) {
		if of, ok := e.Event.(E); ok {
			list = append(list, of)
		}
	}
	return list
}
