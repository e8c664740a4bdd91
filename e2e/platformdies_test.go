package e2e_test

import (
	"testing"

	"countersign/e2e/stranger"
)

// The platform dies between its publish and the answer. A witness knows what was said to nobody.
func TestAPlatformThatDiedFindsOutWhatBecameOfALogin(t *testing.T) {
	ctx, p := within(t, patient), acme(t, shared)
	h := enrolled(ctx, t, p)
	witness, err := acme(t, shared).Listen(ctx, h.user)
	if err != nil {
		t.Fatal(err)
	}
	loginID, id := stranger.NewID("l-"), stranger.NewID("")
	m := p.Message("login.started", id, login(h.user, loginID))
	if _, err := p.Publish(ctx, m); err != nil {
		t.Fatal(err)
	}
	p.Close()
	unheard := got(t, "challenge.issued")(witness.Answer(ctx, id))

	reborn := acme(t, shared)
	status := answered(t)(reborn.Call(ctx, "login.status", login(h.user, loginID)))
	if status.Text("state") != "challenged" || status.Text("challenge_id") != unheard.Text("challenge_id") ||
		status.Number("attempts_left") != 5 || !status.Time("expires_at").Equal(unheard.Time("expires_at")) {
		t.Errorf("login.status says %s, it was said that %s", status.Body, unheard)
	}
	again := got(t, "challenge.issued")(reborn.Send(ctx, h.user, stranger.AskAgain(m), id))
	if again.ID != unheard.ID || again.Body != unheard.Body {
		t.Errorf("asked again: %s, want %s", again, unheard)
	}
}

func TestAPlatformThatDiedFindsOutWhetherACodeWasAccepted(t *testing.T) {
	ctx, p := within(t, patient), acme(t, shared)
	h := enrolled(ctx, t, p)
	challenge := challenged(ctx, t, p, h.user)
	witness, err := acme(t, shared).Listen(ctx, h.user)
	if err != nil {
		t.Fatal(err)
	}
	id := stranger.NewID("")
	m := p.Message("attempt.submitted", id, attempt(challenge, h.next()))
	if _, err := p.Publish(ctx, m); err != nil {
		t.Fatal(err)
	}
	p.Close()
	unheard := got(t, "attempt.accepted")(witness.Answer(ctx, id))

	reborn := acme(t, shared)
	status := answered(t)(reborn.Call(ctx, "login.status", login(h.user, challenge.Text("login_id"))))
	if status.Text("state") != "accepted" || !status.Time("expires_at").Equal(unheard.Time("expires_at")) {
		t.Errorf("login.status says %s, it was said that %s", status.Body, unheard)
	}
	again := got(t, "attempt.accepted")(reborn.Send(ctx, h.user, stranger.AskAgain(m), id))
	if again.ID != unheard.ID || again.Body != unheard.Body {
		t.Errorf("asked again: %s, want %s", again, unheard)
	}
}

// Whose login nobody published hears so, and takes it for no.
func TestALoginThatNeverCameIsUnknown(t *testing.T) {
	ctx, p := within(t, patient), acme(t, shared)
	h := enrolled(ctx, t, p)
	status := answered(t)(p.Call(ctx, "login.status", login(h.user, "l-never")))
	if status.Text("state") != "unknown" {
		t.Errorf("login.status says %s", status.Body)
	}
}
