package platform

import (
	"context"

	"countersign/examples/platform/internal/live"
	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/recovery"
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
	Recover(ctx context.Context, e *recovery.Requested, options ...client.Option) (*recovery.Opened, error)
	NewRecoveryCodes(ctx context.Context, e *enrollment.RecoveryCodesRequested, options ...client.Option) (*enrollment.RecoveryCodesGenerated, error)
	RevealRecoveryCodes(ctx context.Context, user, setID string) (enrollment.Revealed, error)
	Ask(ctx context.Context, e events.Event, options ...client.Option) (client.Answer, error)
}

// Support is what a support desk needs.
type Support interface {
	RecoverBySupport(ctx context.Context, e *recovery.SupportRequested, options ...client.Option) (*recovery.ApprovalRequired, error)
	Cancel(ctx context.Context, e *recovery.CancellationRequested, options ...client.Option) (*recovery.Cancelled, error)
	RecoveryList(ctx context.Context, r recovery.ListRequest) (recovery.Cases, error)
}

// Approver is what the second person needs, whose credential is another one.
type Approver interface {
	Approve(ctx context.Context, e *recovery.ApprovalGiven, options ...client.Option) (*recovery.Approved, error)
	Deny(ctx context.Context, e *recovery.DenialGiven, options ...client.Option) (*recovery.Denied, error)
	RecoveryStatus(ctx context.Context, recoveryID string) (recovery.Case, error)
}

var (
	_ Logins   = (*client.Client)(nil)
	_ Settings = (*client.Client)(nil)
	_ Support  = (*client.Client)(nil)
	_ Approver = (*client.Client)(nil)
)

// aloud asks as its parts do, and shows each request in the panel.
type aloud struct {
	logins   Logins
	settings Settings
	support  Support
	approver Approver
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

func (a aloud) recover(ctx context.Context, e *recovery.Requested) (*recovery.Opened, error) {
	return a.settings.Recover(ctx, e, a.shown(e))
}

func (a aloud) newCodes(ctx context.Context, e *enrollment.RecoveryCodesRequested) (*enrollment.RecoveryCodesGenerated, error) {
	return a.settings.NewRecoveryCodes(ctx, e, a.shown(e))
}

func (a aloud) reveal(ctx context.Context, user, setID string) (enrollment.Revealed, error) {
	a.feed.Asked("recovery_codes.reveal",
		"Asked for the recovery codes, by question and reply instead of an event. The reply is shown on the page and kept nowhere.")
	return a.settings.RevealRecoveryCodes(ctx, user, setID)
}

func (a aloud) recoverBySupport(ctx context.Context, e *recovery.SupportRequested) (*recovery.ApprovalRequired, error) {
	return a.support.RecoverBySupport(ctx, e, a.shown(e))
}

func (a aloud) approve(ctx context.Context, e *recovery.ApprovalGiven) (*recovery.Approved, error) {
	return a.approver.Approve(ctx, e, a.shown(e))
}

func (a aloud) deny(ctx context.Context, e *recovery.DenialGiven) (*recovery.Denied, error) {
	return a.approver.Deny(ctx, e, a.shown(e))
}

func (a aloud) cancel(ctx context.Context, e *recovery.CancellationRequested) (*recovery.Cancelled, error) {
	return a.support.Cancel(ctx, e, a.shown(e))
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
