package e2e_test

import (
	"testing"
	"time"

	"countersign/e2e/stranger"
)

// A user who must have a factor is offered the same picture at each login until it is confirmed; that passes the login during which it is
// done, and no other.
func TestTheSameSecretIsOfferedAtEachLoginUntilItIsActivated(t *testing.T) {
	ctx, p := within(t, patient), acme(t, shared)
	user := newUser()
	got(t, "requirement.changed")(p.Ask(ctx, "requirement.requested", data{"user": user, "required": true, "by": "staff-7"}))
	first := got(t, "enrollment.required")(p.Ask(ctx, "login.started", login(user, stranger.NewID("l-"))))
	if first.Text("enrollment_id") != "" || first.Data["may_continue"] != false {
		t.Errorf("got %s", first)
	}
	id, app := pending(ctx, t, p, user)
	var last stranger.Event
	for range 3 {
		last = got(t, "enrollment.required")(p.Ask(ctx, "login.started", login(user, stranger.NewID("l-"))))
		shown := answered(t)(p.Call(ctx, "enrollment.provisioning", data{"user": user, "enrollment_id": last.Text("enrollment_id")}))
		if last.Text("enrollment_id") != id || scanned(t, shown.Text("qr_png")) != shown.Text("uri") || stranger.AppOf(shown) != app {
			t.Errorf("enrollment %s is offered, want %s", last, id)
		}
	}
	got(t, "enrollment.activated")(p.Ask(ctx, "enrollment.code_submitted", data{
		"user": user, "enrollment_id": id, "code": app.Code(app.Step(time.Now())), "login_id": last.Text("login_id"),
	}))
	for loginID, want := range map[string]string{last.Text("login_id"): "accepted", first.Text("login_id"): "enrollment_required"} {
		if status := answered(t)(p.Call(ctx, "login.status", login(user, loginID))); status.Text("state") != want {
			t.Errorf("want %s: %s", want, status.Body)
		}
	}
	challenged(ctx, t, p, user)
}
