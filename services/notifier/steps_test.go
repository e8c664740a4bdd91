package notifier_test

import (
	"strings"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker/workertest"
)

// requests asks for a factor whose codes go to an address or number.
func (f *fixture) requests(user, to string) *enrollment.SecretCreated {
	f.t.Helper()
	e := &enrollment.Requested{User: user, Factor: events.SMS, ReauthenticatedAt: time.Now()}
	if strings.Contains(to, "@") {
		e.Factor, e.Email = events.Email, events.NewSecret(to)
	} else {
		e.Phone = events.NewSecret(to)
	}
	return workertest.As[*enrollment.SecretCreated](f.House, f.Ask(e))
}

func (f *fixture) activates(user, enrollmentID, code string) {
	f.t.Helper()
	workertest.As[*enrollment.Activated](f.House, f.Ask(&enrollment.CodeSubmitted{
		User: user, EnrollmentID: enrollmentID, Code: events.NewSecret(code),
	}))
}

// enrolled has a factor activated with the code that arrived.
func (f *fixture) enrolled(user, to string) {
	f.t.Helper()
	n := len(f.arrived(to))
	e := f.requests(user, to)
	f.activates(user, e.EnrollmentID, codeIn(f.awaitArrival(to, n+1)))
	f.Quiet() // the notice of it meets no fault that is meant for what follows
}

func (f *fixture) challenged(user, login string) *guard.ChallengeIssued {
	f.t.Helper()
	return workertest.As[*guard.ChallengeIssued](f.House, f.Ask(&guard.LoginStarted{User: user, LoginID: login}))
}

// challengedOnce asks once: asked again the worker says again what it wants sent, and that is looked at like a retry.
func (f *fixture) challengedOnce(user, login string) *guard.ChallengeIssued {
	f.t.Helper()
	asked := f.Send(&guard.LoginStarted{User: user, LoginID: login})
	return workertest.As[*guard.ChallengeIssued](f.House, f.Answer(asked.ID))
}

func (f *fixture) passes(user, challenge, code string) *guard.AttemptAccepted {
	f.t.Helper()
	return workertest.As[*guard.AttemptAccepted](f.House, f.Ask(&guard.AttemptSubmitted{
		User: user, ChallengeID: challenge, Code: events.NewSecret(code),
	}))
}
