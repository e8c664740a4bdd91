package platform

import (
	"context"
	"sync"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/recovery"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// A fake is Countersign as the tests want it: it answers as it is told and notes what it was asked.
type fake struct {
	mu    sync.Mutex
	asked []events.Event
	watch func(client.Record)

	login, attempt, resend answers
	status                 func(loginID string) (client.Login, error)
	user                   guard.UserStatus
	userErr                error
	settings               func(events.Event) (events.Event, error)
	codes                  func(setID string) (enrollment.Revealed, error)
	cases                  recovery.Cases
	casesErr               error
	reason                 string
}

// answers says how to answer the next requests of a kind; the last one stays.
type answers []func(loginID string) (client.Login, error)

func (a *answers) next(loginID string) (client.Login, error) {
	f := (*a)[0]
	if len(*a) > 1 {
		*a = (*a)[1:]
	}
	return f(loginID)
}

// says answers with an event of verify.
func says(e events.Event) func(string) (client.Login, error) {
	return func(loginID string) (client.Login, error) {
		switch e := e.(type) {
		case *guard.ChallengeIssued:
			e.LoginID = loginID
		case *guard.AttemptAccepted:
			e.LoginID = loginID
		}
		return client.ReadLogin(client.Answer{Event: e})
	}
}

func refuses(err error) func(string) (client.Login, error) {
	return func(string) (client.Login, error) { return client.Login{}, err }
}

func (f *fake) note(e events.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, e)
}

// last is the newest request of a kind.
func last[E events.Event](f *fake) (found E) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range f.asked {
		if e, ok := e.(E); ok {
			found = e
		}
	}
	return found
}

// count is how many requests of a kind there were.
func count[E events.Event](f *fake) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range f.asked {
		if _, ok := e.(E); ok {
			n++
		}
	}
	return n
}

func (f *fake) loginID() string {
	if e := last[*guard.LoginStarted](f); e != nil {
		return e.LoginID
	}
	return ""
}

func (f *fake) Source() string { return "/demo" }

func (f *fake) Login(_ context.Context, e *guard.LoginStarted, _ ...client.Option) (client.Login, error) {
	f.note(e)
	return f.login.next(e.LoginID)
}

func (f *fake) Attempt(_ context.Context, e *guard.AttemptSubmitted, _ ...client.Option) (client.Login, error) {
	f.note(e)
	return f.attempt.next(f.loginID())
}

func (f *fake) Resend(_ context.Context, e *guard.ResendRequested, _ ...client.Option) (client.Login, error) {
	f.note(e)
	return f.resend.next(f.loginID())
}

func (f *fake) LoginStatus(_ context.Context, _, loginID string) (client.Login, error) {
	return f.status(loginID)
}

func (f *fake) Watch(_ string, handle func(client.Record)) (func(), error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.watch = handle
	return func() {}, nil
}

// happens is an event of a worker that the panel hears.
func (f *fake) happens(id, loginID string, e events.Event) {
	data, _, _ := events.Marshal(e)
	f.mu.Lock()
	handle := f.watch
	f.mu.Unlock()
	handle(client.Record{Event: e, Envelope: events.Envelope{
		ID: id, Source: "/countersign/verify", Type: e.EventType(), Time: noon, Data: data, CorrelationID: loginID,
	}})
}

func (f *fake) UserStatus(context.Context, string) (guard.UserStatus, error) {
	return f.user, f.userErr
}

func (f *fake) Enroll(ctx context.Context, e *enrollment.Requested, _ ...client.Option) (*enrollment.SecretCreated, error) {
	return answered[*enrollment.SecretCreated](f.Ask(ctx, e))
}

func (f *fake) Confirm(ctx context.Context, e *enrollment.CodeSubmitted, _ ...client.Option) (*enrollment.Activated, error) {
	return answered[*enrollment.Activated](f.Ask(ctx, e))
}

func (f *fake) Recover(ctx context.Context, e *recovery.Requested, _ ...client.Option) (*recovery.Opened, error) {
	return answered[*recovery.Opened](f.Ask(ctx, e))
}

func (f *fake) NewRecoveryCodes(ctx context.Context, e *enrollment.RecoveryCodesRequested, _ ...client.Option) (*enrollment.RecoveryCodesGenerated, error) {
	return answered[*enrollment.RecoveryCodesGenerated](f.Ask(ctx, e))
}

func (f *fake) RevealRecoveryCodes(_ context.Context, _, setID string) (enrollment.Revealed, error) {
	return f.codes(setID)
}

func (f *fake) RecoverBySupport(ctx context.Context, e *recovery.SupportRequested, _ ...client.Option) (*recovery.ApprovalRequired, error) {
	return answered[*recovery.ApprovalRequired](f.Ask(ctx, e))
}

func (f *fake) Cancel(ctx context.Context, e *recovery.CancellationRequested, _ ...client.Option) (*recovery.Cancelled, error) {
	return answered[*recovery.Cancelled](f.Ask(ctx, e))
}

func (f *fake) RecoveryList(context.Context, recovery.ListRequest) (recovery.Cases, error) {
	return f.cases, f.casesErr
}

// RecoveryStatus knows why, which the list does not say.
func (f *fake) RecoveryStatus(_ context.Context, id string) (recovery.Case, error) {
	for _, one := range f.cases.Cases {
		if one.RecoveryID == id {
			one.Reason = f.reason
			return one, nil
		}
	}
	return recovery.Case{}, &events.Rejection{Code: events.NotFound}
}

func (f *fake) Approve(ctx context.Context, e *recovery.ApprovalGiven, _ ...client.Option) (*recovery.Approved, error) {
	return answered[*recovery.Approved](f.Ask(ctx, e))
}

func (f *fake) Deny(ctx context.Context, e *recovery.DenialGiven, _ ...client.Option) (*recovery.Denied, error) {
	return answered[*recovery.Denied](f.Ask(ctx, e))
}

func (f *fake) Ask(_ context.Context, e events.Event, _ ...client.Option) (client.Answer, error) {
	f.note(e)
	answer, err := f.settings(e)
	return client.Answer{Event: answer}, err
}

func (f *fake) Provisioning(context.Context, enrollment.ProvisioningRequest) (enrollment.Provisioning, error) {
	return enrollment.Provisioning{
		URI: events.NewSecret("otpauth://totp/Acme:dana?secret=JBSWY3DPEHPK3PXP"), Secret: events.NewSecret("JBSWY3DPEHPK3PXP"),
		QRPNG: events.NewSecret("iVBORw0KGgo="), Algorithm: "SHA1", Digits: 6, Period: 30,
	}, nil
}

// Things that verify says.
func challenge(f events.Factor) *guard.ChallengeIssued {
	e := &guard.ChallengeIssued{
		User: "u-1", ChallengeID: "c-1", Factor: f, ExpiresAt: noon.Add(10 * time.Minute), AttemptsLeft: 5,
		OtherFactors: []guard.Other{{Factor: events.SMS, DestinationHint: "•••• 0199"}},
	}
	if guard.Sent(f) {
		e.DestinationHint, e.ResendAt, e.CodeExpiresAt = "d•••@example.com", noon.Add(30*time.Second), noon.Add(5*time.Minute)
	}
	return e
}

func waiver() *guard.ChallengeWaived {
	return &guard.ChallengeWaived{User: "u-1", Reason: guard.NotEnrolled, ExpiresAt: noon.Add(2 * time.Minute)}
}

func acceptance() *guard.AttemptAccepted {
	return &guard.AttemptAccepted{User: "u-1", ChallengeID: "c-1", Factor: events.TOTP, ExpiresAt: noon.Add(2 * time.Minute)}
}

func rejection(why guard.RejectReason, attempts int) *guard.AttemptRejected {
	return &guard.AttemptRejected{User: "u-1", ChallengeID: "c-1", Reason: why, AttemptsLeft: attempts}
}
