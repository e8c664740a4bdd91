package client

import (
	"context"

	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/recovery"
)

// Recover says that a user has lost the device: the password was right, the code of the login is out of reach. The answer tells where a
// mail with a link went, and the pages behind the link do the rest. The same login again, once the answer's time has come, is the resend.
func (c *Client) Recover(ctx context.Context, e *recovery.Requested, options ...Option) (*recovery.Opened, error) {
	return one[*recovery.Opened](c.Ask(ctx, e, options...))
}

// RecoverBySupport opens a case for who cannot reach the mailbox or the phone either. It waits for another person: see Approve.
func (c *Client) RecoverBySupport(ctx context.Context, e *recovery.SupportRequested, options ...Option) (*recovery.ApprovalRequired, error) {
	return one[*recovery.ApprovalRequired](c.Ask(ctx, e, options...))
}

// Approve lets a case go on, by another person than the one who asked for it; the answer says when a waiting period ends.
func (c *Client) Approve(ctx context.Context, e *recovery.ApprovalGiven, options ...Option) (*recovery.Approved, error) {
	return one[*recovery.Approved](c.Ask(ctx, e, options...))
}

// Deny ends a case that waits for a decision.
func (c *Client) Deny(ctx context.Context, e *recovery.DenialGiven, options ...Option) (*recovery.Denied, error) {
	return one[*recovery.Denied](c.Ask(ctx, e, options...))
}

// Cancel ends a case at any time before it completes.
func (c *Client) Cancel(ctx context.Context, e *recovery.CancellationRequested, options ...Option) (*recovery.Cancelled, error) {
	return one[*recovery.Cancelled](c.Ask(ctx, e, options...))
}

// RecoveryStatus says how a case stands, with the reason that support gave for it.
func (c *Client) RecoveryStatus(ctx context.Context, recoveryID string) (recovery.Case, error) {
	var found recovery.Case
	return found, c.rpc(ctx, "recovery", "status", recovery.StatusRequest{RecoveryID: recoveryID}, &found)
}

// RecoveryList brings one page of the open cases, oldest first: for a tool that has just started.
func (c *Client) RecoveryList(ctx context.Context, r recovery.ListRequest) (recovery.Cases, error) {
	var all recovery.Cases
	return all, c.rpc(ctx, "recovery", "list", r, &all)
}

// NewRecoveryCodes asks for a new set of recovery codes; the codes of the set before are dead. RevealRecoveryCodes brings them.
func (c *Client) NewRecoveryCodes(ctx context.Context, e *enrollment.RecoveryCodesRequested, options ...Option) (*enrollment.RecoveryCodesGenerated, error) {
	return one[*enrollment.RecoveryCodesGenerated](c.Ask(ctx, e, options...))
}

// RevealRecoveryCodes brings the codes of a new set, again for ten minutes: show them to the user, keep them nowhere.
func (c *Client) RevealRecoveryCodes(ctx context.Context, user, setID string) (enrollment.Revealed, error) {
	var r enrollment.Revealed
	return r, c.rpc(ctx, "recovery_codes", "reveal", enrollment.RevealRequest{User: user, SetID: setID}, &r)
}

// UserTimeline brings one page of a user's history, oldest first: for people who look into a case. None of it opens a session.
func (c *Client) UserTimeline(ctx context.Context, r guard.UserTimelineRequest) (guard.UserTimeline, error) {
	var t guard.UserTimeline
	return t, c.rpc(ctx, guard.UserTimelineEntity, guard.UserTimelineVerb, r, &t)
}
