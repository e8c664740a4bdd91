package platform

import (
	"context"

	"countersign/examples/platform/internal/live"
	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"github.com/google/uuid"
)

// Logins is what signing in needs of Countersign.
type Logins interface {
	Source() string // ce-source of what it publishes
	Login(ctx context.Context, e *guard.LoginStarted, options ...client.Option) (client.Login, error)
	Attempt(ctx context.Context, e *guard.AttemptSubmitted, options ...client.Option) (client.Login, error)
	Resend(ctx context.Context, e *guard.ResendRequested, options ...client.Option) (client.Login, error)
	LoginStatus(ctx context.Context, user, loginID string) (client.Login, error)
	Watch(user string, handle func(client.Record)) (stop func(), err error)
}

// Settings is what the security settings need.
type Settings interface {
	UserStatus(ctx context.Context, user string) (guard.UserStatus, error)
	Enroll(ctx context.Context, e *enrollment.Requested, options ...client.Option) (*enrollment.SecretCreated, error)
	Confirm(ctx context.Context, e *enrollment.CodeSubmitted, options ...client.Option) (*enrollment.Activated, error)
	Provisioning(ctx context.Context, r enrollment.ProvisioningRequest) (enrollment.Provisioning, error)
	Ask(ctx context.Context, e events.Event, options ...client.Option) (client.Answer, error)
}

var (
	_ Logins   = (*client.Client)(nil)
	_ Settings = (*client.Client)(nil)
)

// aloud asks as its two parts do, and shows each request in the panel.
type aloud struct {
	logins   Logins
	settings Settings
	feed     *live.Feed
}

// shown puts e into the panel and says under which id it is to be published, so that the panel knows the answers.
func (a aloud) shown(e events.Event) client.Option {
	id := uuid.NewString()
	a.feed.Sent(e, id)
	return client.WithID(id)
}

func (a aloud) login(ctx context.Context, e *guard.LoginStarted) (client.Login, error) {
	return a.logins.Login(ctx, e, a.shown(e))
}

func (a aloud) attempt(ctx context.Context, e *guard.AttemptSubmitted) (client.Login, error) {
	return a.logins.Attempt(ctx, e, a.shown(e))
}

func (a aloud) resend(ctx context.Context, e *guard.ResendRequested) (client.Login, error) {
	return a.logins.Resend(ctx, e, a.shown(e))
}

func (a aloud) enroll(ctx context.Context, e *enrollment.Requested) (*enrollment.SecretCreated, error) {
	return a.settings.Enroll(ctx, e, a.shown(e))
}

func (a aloud) confirm(ctx context.Context, e *enrollment.CodeSubmitted) (*enrollment.Activated, error) {
	return a.settings.Confirm(ctx, e, a.shown(e))
}

func (a aloud) resendActivation(ctx context.Context, e *enrollment.ResendRequested) (*enrollment.SecretCreated, error) {
	return answered[*enrollment.SecretCreated](a.settings.Ask(ctx, e, a.shown(e)))
}

func (a aloud) remove(ctx context.Context, e *enrollment.RemovalRequested) (*enrollment.FactorRemoved, error) {
	return answered[*enrollment.FactorRemoved](a.settings.Ask(ctx, e, a.shown(e)))
}

func (a aloud) provisioning(ctx context.Context, user, enrollmentID string) (enrollment.Provisioning, error) {
	a.feed.Asked("enrollment.provisioning",
		"Asked for the QR code, by question and reply instead of an event. The reply is shown on the page and kept nowhere.")
	return a.settings.Provisioning(ctx, enrollment.ProvisioningRequest{User: user, EnrollmentID: enrollmentID})
}

func (a aloud) status(ctx context.Context, user string) (guard.UserStatus, error) {
	return a.settings.UserStatus(ctx, user)
}

func answered[E events.Event](a client.Answer, err error) (E, error) {
	var none E
	if err != nil {
		return none, err
	}
	e, ok := a.Event.(E)
	if !ok {
		return none, &client.UnexpectedError{Event: a.Event}
	}
	return e, nil
}
