package e2e_test

import (
	"context"
	"testing"
	"time"

	"countersign/e2e/stranger"
)

// A holder is a user with an authenticator app. The app's codes are good for the step before and after, so that a test has
// two of them at once and need not wait: the one that activates, and the next.
type holder struct {
	user string
	app  stranger.App
	step int64 // that activated
}

// pending enrolls user for an authenticator app that is not confirmed yet.
func pending(ctx context.Context, t *testing.T, p *stranger.Platform, user string) (enrollmentID string, app stranger.App) {
	t.Helper()
	return pendingAs(ctx, t, p, user, stranger.NewID(""))
}

// pendingAs does so by an event with the id given.
func pendingAs(ctx context.Context, t *testing.T, p *stranger.Platform, user, id string) (enrollmentID string, app stranger.App) {
	t.Helper()
	created := got(t, "secret.created")(p.Send(ctx, user, p.Message("enrollment.requested", id, data{
		"user": user, "factor": "totp", "reauthenticated_at": time.Now().UTC().Format(time.RFC3339),
	}), id))
	enrollmentID = created.Text("enrollment_id")
	shown := answered(t)(p.Call(ctx, "enrollment.provisioning", data{"user": user, "enrollment_id": enrollmentID}))
	return enrollmentID, stranger.AppOf(shown)
}

// enrolled makes a user with an active app.
func enrolled(ctx context.Context, t *testing.T, p *stranger.Platform) holder {
	t.Helper()
	user := newUser()
	enrollmentID, app := pending(ctx, t, p, user)
	h := holder{user, app, app.Step(time.Now())}
	h.activate(ctx, t, p, enrollmentID, stranger.NewID(""))
	return h
}

// activate confirms the app by an event with the id given, in the open or sealed as the platform's policy wants it.
func (h holder) activate(ctx context.Context, t *testing.T, p *stranger.Platform, enrollmentID, id string) {
	t.Helper()
	s := sender{p, h.user, p.Name == "beta"}
	got(t, "enrollment.activated")(s.askAs(ctx, t, id, "enrollment.code_submitted", enrollmentID, "code", h.app.Code(h.step), data{
		"enrollment_id": enrollmentID,
	}))
}

// next is the code after the one that activated: the first that opens a login.
func (h holder) next() string { return h.app.Code(h.step + 1) }

func (h holder) wrong() string { return h.app.Wrong(h.step) }

// challenged begins a login of the user and returns its challenge.
func challenged(ctx context.Context, t *testing.T, p *stranger.Platform, user string) stranger.Event {
	t.Helper()
	return got(t, "challenge.issued")(p.Ask(ctx, "login.started", login(user, stranger.NewID("l-"))))
}

// attempt is a code that the user typed for a challenge.
func attempt(challenge stranger.Event, code string) data {
	return data{"user": challenge.Text("user"), "challenge_id": challenge.Text("challenge_id"), "code": code}
}
