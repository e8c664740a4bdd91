package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
)

// A Login is where a login stands.
type Login struct {
	guard.LoginStatus
	// Rejected says why the last attempt was not accepted; empty after an accepted one and where none was made.
	Rejected guard.RejectReason

	passed bool
}

// Passed reports whether the login ended well and the answer still counts: the platform may open the session now.
func (l Login) Passed(now time.Time) bool {
	return l.passed && now.Before(l.ExpiresAt)
}

// Login publishes that the password was right. The Login that comes back is challenged, waived or enrollment_required. When the answer
// is lost, the primary record is asked.
func (c *Client) Login(ctx context.Context, e *guard.LoginStarted, options ...Option) (Login, error) {
	a, err := c.Ask(ctx, e, options...)
	if errors.Is(err, ErrNoAnswer) {
		return c.afterSilence(ctx, e.User, e.LoginID, err)
	}
	if err != nil {
		return Login{}, err
	}
	return ReadLogin(a)
}

// Attempt publishes a code that the user typed. A wrong code is no error: Rejected says why.
func (c *Client) Attempt(ctx context.Context, e *guard.AttemptSubmitted, options ...Option) (Login, error) {
	a, err := c.Ask(ctx, e, options...)
	if err != nil {
		return Login{}, err
	}
	return ReadLogin(a)
}

// afterSilence asks where the login stands. A login that verify has never heard of stays unanswered.
func (c *Client) afterSilence(ctx context.Context, user, loginID string, silence error) (Login, error) {
	l, err := c.LoginStatus(ctx, user, loginID)
	if err != nil || l.State == guard.Unknown {
		return Login{}, errors.Join(silence, err)
	}
	return l, nil
}

// ReadLogin says where an answer leaves its login: for a platform that asks by Ask. Only an answer to a request of this login counts,
// never an event from history.
func ReadLogin(a Answer) (Login, error) {
	switch e := a.Event.(type) {
	case *guard.ChallengeIssued:
		return challenged(e), nil
	case *guard.ChallengeWaived:
		return Login{passed: true, LoginStatus: guard.LoginStatus{
			State: guard.Waived, LoginID: e.LoginID, ExpiresAt: e.ExpiresAt, Reason: string(e.Reason),
		}}, nil
	case *guard.EnrollmentRequired:
		return Login{LoginStatus: guard.LoginStatus{
			State: guard.EnrollmentNeeded, LoginID: e.LoginID, EnrollmentID: e.EnrollmentID,
			AllowedFactors: e.AllowedFactors, MayContinue: e.MayContinue, ContinueUntil: e.ContinueUntil,
		}}, nil
	case *guard.AttemptAccepted:
		return Login{passed: true, LoginStatus: guard.LoginStatus{
			State: guard.Accepted, LoginID: e.LoginID, ChallengeID: e.ChallengeID, Purpose: e.Purpose, Factor: e.Factor, ExpiresAt: e.ExpiresAt,
		}}, nil
	case *guard.AttemptRejected:
		return refused(e), nil
	}
	return Login{}, fmt.Errorf("read answer: %s does not answer a login", a.Envelope.Type)
}

func challenged(e *guard.ChallengeIssued) Login {
	return Login{LoginStatus: guard.LoginStatus{
		State: guard.Challenged, LoginID: e.LoginID, ChallengeID: e.ChallengeID, Factor: e.Factor,
		DestinationHint: e.DestinationHint, CodeExpiresAt: e.CodeExpiresAt, ExpiresAt: e.ExpiresAt,
		AttemptsLeft: &e.AttemptsLeft, ResendAt: e.ResendAt, RetryAt: e.RetryAt, OtherFactors: e.OtherFactors,
	}}
}

// refused is still challenged while the challenge has attempts left: TooOld may be the sent code's age alone. What the rejection does not
// say (factor, other factors, ends of waits) LoginStatus does.
func refused(e *guard.AttemptRejected) Login {
	state := guard.Challenged
	switch e.Reason {
	case guard.Closed, guard.OutOfAttempts, guard.UnknownChallenge:
		state = guard.Ended
	}
	if e.AttemptsLeft == 0 && e.Reason != guard.Locked {
		state = guard.Ended
	}
	return Login{Rejected: e.Reason, LoginStatus: guard.LoginStatus{
		State: state, LoginID: e.LoginID, ChallengeID: e.ChallengeID, AttemptsLeft: &e.AttemptsLeft, RetryAt: e.RetryAt,
	}}
}

// Resend asks for a new code, or for another of the user's factors.
func (c *Client) Resend(ctx context.Context, e *guard.ResendRequested, options ...Option) (Login, error) {
	a, err := c.Ask(ctx, e, options...)
	if err != nil {
		return Login{}, err
	}
	return ReadLogin(a)
}

// Enroll asks for a new factor. For an app, Provisioning brings the QR code; for email and SMS a code is on its way.
func (c *Client) Enroll(ctx context.Context, e *enrollment.Requested, options ...Option) (*enrollment.SecretCreated, error) {
	return one[*enrollment.SecretCreated](c.Ask(ctx, e, options...))
}

// Confirm submits the code that activates an enrollment. A wrong one is an *enrollment.CodeRejected in the error. Where the answer carries
// a LoginID, that login has ended well: LoginStatus says until when it counts.
func (c *Client) Confirm(ctx context.Context, e *enrollment.CodeSubmitted, options ...Option) (*enrollment.Activated, error) {
	return one[*enrollment.Activated](c.Ask(ctx, e, options...))
}

// An UnexpectedError holds the answer that came instead of the one that was hoped for, such as enrollment.code_rejected.
type UnexpectedError struct{ Event events.Event }

func (e *UnexpectedError) Error() string { return "answered with " + e.Event.EventType() }

func one[E events.Event](a Answer, err error) (E, error) {
	var none E
	if err != nil {
		return none, err
	}
	e, ok := a.Event.(E)
	if !ok {
		return none, &UnexpectedError{Event: a.Event}
	}
	return e, nil
}
