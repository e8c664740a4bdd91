package e2e_test

import (
	"context"
	"encoding/base32"
	"testing"
	"time"

	"countersign/e2e/process"
	"countersign/e2e/stranger"
	"countersign/pkg/worker/workertest/canary"
	"github.com/nats-io/nats.go"
)

// A secretRun is what one user and their platform do with secrets that are known.
type secretRun struct {
	process             *process.Process
	platform            *stranger.Platform
	holder              holder
	email, phone, label string
	reason              string
	all                 []canary.Canary
}

func newSecretRun(t *testing.T, own *process.Process, p *stranger.Platform) *secretRun {
	r := &secretRun{
		process: own, platform: p, phone: "+49151" + digits(8), reason: stranger.NewID("lost-in-the-lake-"),
		email: stranger.NewID("jane-") + "@example.org", label: stranger.NewID("label-"),
	}
	r.hide("email", r.email[:20])
	r.hide("phone", r.phone[1:])
	r.hide("label", r.label)
	r.hide("reason", r.reason)
	return r
}

func (r *secretRun) hide(name, text string) { r.all = append(r.all, canary.New(name, text)) }

// app enrolls an authenticator app and uses it: its seed and every code that was typed are secrets.
func (r *secretRun) app(ctx context.Context, t *testing.T) {
	user, p := newUser(), r.platform
	created := got(t, "secret.created")(p.Ask(ctx, "enrollment.requested", data{
		"user": user, "factor": "totp", "account_label": r.label, "reauthenticated_at": time.Now().UTC().Format(time.RFC3339),
	}))
	id := created.Text("enrollment_id")
	shown := answered(t)(p.Call(ctx, "enrollment.provisioning", data{"user": user, "enrollment_id": id}))
	app := stranger.AppOf(shown)
	r.holder = holder{user, app, app.Step(time.Now())}
	r.holder.activate(ctx, t, p, id, stranger.NewID(""))
	challenge := challenged(ctx, t, p, user)
	got(t, "attempt.rejected")(p.Ask(ctx, "attempt.submitted", attempt(challenge, r.holder.wrong()+"9")))
	got(t, "attempt.accepted")(p.Ask(ctx, "attempt.submitted", attempt(challenge, r.holder.next())))

	seed, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(app.Secret)
	if err != nil {
		t.Fatal(err)
	}
	r.hide("seed", string(seed))
	r.hide("seed as text", app.Secret)
	r.hide("code that activated", app.Code(r.holder.step))
	r.hide("code that was accepted", r.holder.next())
}

// sent enrolls an address of somebody and logs in with a code that is sent there.
func (r *secretRun) sent(ctx context.Context, t *testing.T, factor, field, address string) {
	s := sender{r.platform, newUser(), false}
	created := got(t, "secret.created")(s.ask(t, "enrollment.requested", "", field, address, data{
		"factor": factor, "reauthenticated_at": time.Now().UTC().Format(time.RFC3339),
	}))
	code, id := codeFor(ctx, t, r.process, address, 0), created.Text("enrollment_id")
	got(t, "enrollment.activated")(s.ask(t, "enrollment.code_submitted", id, "code", code, data{"enrollment_id": id}))
	r.hide(factor+" code that activated", code)
	former := len(inbox(ctx, t, r.process, address))
	challenge := challenged(ctx, t, s.Platform, s.user)
	code = codeFor(ctx, t, r.process, address, former)
	r.hide(factor+" code that was accepted", code)
	got(t, "attempt.accepted")(s.Ask(ctx, "attempt.submitted", attempt(challenge, code)))
}

// broken sends secrets in what cannot be handled: it is answered without them, or is a sealed dead letter.
func (r *secretRun) broken(ctx context.Context, t *testing.T) {
	p := r.platform
	for _, spoil := range []func(*nats.Msg){
		without("ce-id"), without("ce-type"), func(m *nats.Msg) { m.Header = nil },
		body(`{"email":"` + r.email + `","phone":"` + r.phone + `","user":`), header("ce-subject", r.email),
		body(`{"user":"` + r.email + `","login_id":"l-1"}`), body(`{"user":"u-1","login_id":{"code":"` + r.label + `"}}`),
	} {
		m := p.Message("login.started", stranger.NewID(""), data{
			"user": "u-1", "login_id": "l-1", "code": r.holder.next(), "email": r.email, "phone": r.phone, "purpose": r.reason,
		})
		spoil(m)
		if _, err := p.Publish(ctx, m); err != nil {
			t.Fatal(err)
		}
	}
}

// flood leaves the bus with more than is handled at once: a kill finds it waiting, in clear but for the bus's own encryption.
func (r *secretRun) flood(ctx context.Context, t *testing.T) {
	p, code := r.platform, stranger.NewID("code-")
	r.hide("code in the flood", code)
	for range 100 {
		m := p.Message("contacts.reported", stranger.NewID(""), data{"user": newUser(), "email": r.email, "phone": r.phone, "code": code})
		if err := p.Conn.PublishMsg(m); err != nil {
			t.Fatal(err)
		}
	}
	m := p.Message("attempt.submitted", stranger.NewID(""), data{"user": newUser(), "challenge_id": "c-1", "code": code})
	if _, err := p.Publish(ctx, m); err != nil { // confirmed: those before are stored as well
		t.Fatal(err)
	}
}

// reset gives a reason in somebody's own words.
func (r *secretRun) reset(ctx context.Context, t *testing.T) {
	got(t, "factor.removed")(r.platform.Ask(ctx, "factor.reset_requested", data{
		"user": r.holder.user, "by": "staff-7", "reason": r.reason,
	}))
}
