package e2e_test

import (
	"testing"
	"time"

	"countersign/e2e/stranger"
)

// Two platforms that number everything alike: sources, ids of events, users, logins. One of them seals what is secret.
func TestTwoPlatformsThatUseEqualIDsLoseNothing(t *testing.T) {
	ctx := within(t, patient)
	user, loginID := newUser(), stranger.NewID("l-")
	both := []*stranger.Platform{acme(t, shared), platform(t, shared, "beta")}
	holders, challenges := make([]holder, 2), make([]stranger.Event, 2)
	for i, p := range both {
		p.Source = "/sign-in"
		id, app := pendingAs(ctx, t, p, user, user+"-1")
		holders[i] = holder{user, app, app.Step(time.Now())}
		holders[i].activate(ctx, t, p, id, user+"-2")
	}
	if holders[0].app.Secret == holders[1].app.Secret {
		t.Fatal("the users of both platforms have one secret")
	}
	for i, p := range both {
		challenges[i] = got(t, "challenge.issued")(p.Send(ctx, user, p.Message("login.started", user+"-3", login(user, loginID)), user+"-3"))
	}
	if challenges[0].ID == challenges[1].ID || challenges[0].Text("challenge_id") == challenges[1].Text("challenge_id") {
		t.Errorf("got %s and %s", challenges[0], challenges[1])
	}
	for i, p := range both {
		s, id := sender{p, user, p.Name == "beta"}, challenges[i].Text("challenge_id")
		got(t, "attempt.accepted")(s.askAs(ctx, t, user+"-4", "attempt.submitted", id, "code", holders[i].next(), data{"challenge_id": id}))
	}
}

func TestTheChallengeOfAnotherPlatformIsUnknown(t *testing.T) {
	ctx, p, other := within(t, patient), acme(t, shared), platform(t, shared, "beta")
	user := newUser()
	id, app := pending(ctx, t, other, user)
	h := holder{user, app, app.Step(time.Now())}
	h.activate(ctx, t, other, id, stranger.NewID(""))
	theirs := challenged(ctx, t, other, user)
	rejected := got(t, "attempt.rejected")(p.Ask(ctx, "attempt.submitted", attempt(theirs, h.next())))
	if rejected.Text("reason") != "unknown_challenge" {
		t.Errorf("got %s", rejected)
	}
}

func TestAPlatformThatWantsSealedCodesTakesNoOthers(t *testing.T) {
	ctx, p := within(t, patient), platform(t, shared, "beta")
	rejected := got(t, "request.rejected")(p.Ask(ctx, "enrollment.requested", data{
		"user": newUser(), "factor": "email", "email": "jane@example.org", "reauthenticated_at": time.Now().UTC().Format(time.RFC3339),
	}))
	if rejected.Text("code") != "invalid" || rejected.Text("field") != "email" {
		t.Errorf("got %s", rejected)
	}
}
