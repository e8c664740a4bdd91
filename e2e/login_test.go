package e2e_test

import (
	"testing"
	"time"

	"countersign/e2e/stranger"
)

func TestAUserWithoutAFactorIsWaivedInEveryWayOfWriting(t *testing.T) {
	ctx, p := within(t, patient), acme(t, shared)
	user, id := newUser(), stranger.NewID("")
	for name, m := range map[string]func(data) (stranger.Event, error){
		"attributes in headers": func(d data) (stranger.Event, error) {
			return p.Send(ctx, user, p.Message("login.started", id+"1", d), id+"1")
		},
		"attributes in headers whose names are in capitals": func(d data) (stranger.Event, error) {
			m := p.Message("login.started", id+"2", d)
			for _, name := range []string{"id", "type", "source", "specversion"} {
				m.Header["Ce-"+name] = m.Header["ce-"+name]
				delete(m.Header, "ce-"+name)
			}
			return p.Send(ctx, user, m, id+"2")
		},
		"one JSON object with its content type": func(d data) (stranger.Event, error) {
			m := p.Structured("login.started", id+"3", d)
			m.Header["content-type"] = []string{"application/cloudevents+json"}
			return p.Send(ctx, user, m, id+"3")
		},
		"one JSON object and no header": func(d data) (stranger.Event, error) {
			m := p.Structured("login.started", id+"4", d)
			m.Header = nil
			return p.Send(ctx, user, m, id+"4")
		},
		"an id in another script, percent-encoded": func(d data) (stranger.Event, error) {
			m := p.Message("login.started", "%E7%94%A8"+id, d)
			return p.Send(ctx, user, m, "用"+id)
		},
	} {
		t.Run(name, func(t *testing.T) {
			loginID := stranger.NewID("l-")
			answer := got(t, "challenge.waived")(m(login(user, loginID)))
			if answer.Text("reason") != "not_enrolled" || answer.Text("login_id") != loginID || answer.Correlation != loginID {
				t.Errorf("got %s", answer)
			}
			if left := time.Until(answer.Time("expires_at")); left <= 0 || left > 2*time.Minute {
				t.Errorf("it counts for %v, want 2 minutes", left)
			}
		})
	}
}

func TestTheWholeWayWithAnAuthenticatorApp(t *testing.T) {
	ctx, p := within(t, patient), acme(t, shared)
	h := enrolled(ctx, t, p)
	challenge := challenged(ctx, t, p, h.user)
	if challenge.Text("factor") != "totp" || challenge.Data["sending"] != false || challenge.Number("attempts_left") != 5 {
		t.Errorf("got %s", challenge)
	}
	rejected := got(t, "attempt.rejected")(p.Ask(ctx, "attempt.submitted", attempt(challenge, h.wrong())))
	if rejected.Text("reason") != "wrong_code" || rejected.Number("attempts_left") != 4 {
		t.Errorf("a wrong code: %s", rejected)
	}
	accepted := got(t, "attempt.accepted")(p.Ask(ctx, "attempt.submitted", attempt(challenge, h.next())))
	if accepted.Text("login_id") != challenge.Text("login_id") || accepted.Text("purpose") != "login" || accepted.Text("factor") != "totp" {
		t.Errorf("the right code: %s", accepted)
	}
	if accepted.Source != "/countersign/verify" || accepted.Correlation != challenge.Text("login_id") || accepted.Sequence == "" ||
		accepted.User != h.user || accepted.DataType != "application/json" {
		t.Errorf("its envelope: %+v", accepted)
	}
	again := got(t, "attempt.rejected")(p.Ask(ctx, "attempt.submitted", attempt(challenge, h.next())))
	if again.Text("reason") != "closed" {
		t.Errorf("the same code for the same login: %s", again)
	}
	other := challenged(ctx, t, p, h.user)
	again = got(t, "attempt.rejected")(p.Ask(ctx, "attempt.submitted", attempt(other, h.next())))
	if again.Text("reason") != "replayed" {
		t.Errorf("the same code for another login: %s", again)
	}
	status := answered(t)(p.Call(ctx, "login.status", login(h.user, challenge.Text("login_id"))))
	if status.Text("state") != "accepted" {
		t.Errorf("login.status: %s", status.Body)
	}
}

func TestTheStepThatActivatedOpensNoLogin(t *testing.T) {
	ctx, p := within(t, patient), acme(t, shared)
	h := enrolled(ctx, t, p)
	challenge := challenged(ctx, t, p, h.user)
	rejected := got(t, "attempt.rejected")(p.Ask(ctx, "attempt.submitted", attempt(challenge, h.app.Code(h.step))))
	if rejected.Text("reason") != "replayed" {
		t.Errorf("got %s", rejected)
	}
	got(t, "attempt.accepted")(p.Ask(ctx, "attempt.submitted", attempt(challenge, h.next())))
}

func TestTheSameLoginHasOneChallenge(t *testing.T) {
	ctx, p := within(t, patient), acme(t, shared)
	h := enrolled(ctx, t, p)
	loginID := stranger.NewID("l-")
	one := got(t, "challenge.issued")(p.Ask(ctx, "login.started", login(h.user, loginID)))
	two := got(t, "challenge.issued")(p.Ask(ctx, "login.started", login(h.user, loginID)))
	if one.Text("challenge_id") != two.Text("challenge_id") || one.ID == two.ID {
		t.Errorf("got %s, then %s", one, two)
	}
}

func TestAUserCannotEnrollAnotherFactorByThePasswordAlone(t *testing.T) {
	ctx, p := within(t, patient), acme(t, shared)
	h := enrolled(ctx, t, p)
	rejected := got(t, "request.rejected")(p.Ask(ctx, "enrollment.requested", data{
		"user": h.user, "factor": "email", "email": "thief@example.org", "reauthenticated_at": time.Now().UTC().Format(time.RFC3339),
	}))
	if rejected.Text("code") != "step_up_required" {
		t.Errorf("got %s", rejected)
	}
	status := answered(t)(p.Call(ctx, "user.status", data{"user": h.user}))
	if factors, _ := status.Data["factors"].([]any); len(factors) != 1 || status.Text("default_factor") != "totp" {
		t.Errorf("user.status: %s", status.Body)
	}
}
