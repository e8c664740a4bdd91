package e2e_test

import (
	"strings"
	"testing"
	"time"

	"countersign/e2e/stranger"
	"github.com/nats-io/nats.go"
)

// Whoever asks names the subject of the reply: no platform may make a worker write to another's.
func TestAnRPCIsAnsweredAtTheAskersInboxOnly(t *testing.T) {
	ctx, p, other := within(t, patient), acme(t, shared), platform(t, shared, "beta")
	stray, err := other.Conn.SubscribeSync("_INBOX.beta.>")
	if err != nil || other.Conn.FlushWithContext(ctx) != nil {
		t.Fatal("listen to beta's inbox")
	}
	for _, reply := range []string{"_INBOX.beta.1", "_INBOX.acmes.1", "mfa.beta.in.login.started", "mfa.acme.out.request.rejected.-"} {
		m := &nats.Msg{Subject: "mfa.acme.rpc.login.status", Reply: reply, Data: []byte(`{"user":"u-1","login_id":"l-1"}`)}
		if err := p.Conn.PublishMsg(m); err != nil {
			t.Fatal(err)
		}
	}
	// Asked on the same connection and answered: those before have been seen, too.
	answered(t)(p.Call(ctx, "login.status", login("u-1", "l-1")))
	answered(t)(other.Call(ctx, "login.status", login("u-1", "l-1")))
	if m, err := stray.NextMsg(time.Millisecond); err == nil && m.Subject == "_INBOX.beta.1" {
		t.Errorf("beta was written to: %s", m.Data)
	}
	passes(ctx, t, p)
}

// The server sends a publish's confirmation to whatever subject the publisher names. It is no event anywhere.
func TestAConfirmationThatIsSentElsewhereIsNoEvent(t *testing.T) {
	ctx, p, other := within(t, patient), acme(t, shared), platform(t, shared, "beta")
	user := newUser()
	ears, err := other.Listen(ctx, user)
	if err != nil {
		t.Fatal(err)
	}
	for _, reply := range []string{
		"mfa.beta.out.challenge.waived." + stranger.UserKey("beta", user), "mfa.beta.in.login.started", "mfa.beta.rpc.login.status",
		"mfa.beta.timer.verify.expiry_due", "mfa.beta.dead.verify.login.started",
	} {
		m := p.Message("login.started", stranger.NewID(""), login(newUser(), "l-1"))
		m.Reply = reply
		if err := p.Conn.PublishMsg(m); err != nil {
			t.Fatal(err)
		}
	}
	passes(ctx, t, p)
	id := stranger.NewID("")
	if _, err := other.Publish(ctx, other.Message("login.started", id, login(user, "l-1"))); err != nil {
		t.Fatal(err)
	}
	got(t, "challenge.waived")(ears.Answer(ctx, id))
	if heard := append(ears.Rest(), ears.Repeats...); len(heard) > 0 {
		t.Errorf("heard as well: %v", heard)
	}
}

func TestABadQuestionIsRefused(t *testing.T) {
	ctx, p := within(t, patient), acme(t, shared)
	for name, c := range map[string]struct{ rpc, question, code string }{
		"no JSON":            {"login.status", `hello`, "malformed"},
		"no question":        {"login.status", ``, "malformed"},
		"no user":            {"login.status", `{"login_id":"l-1"}`, "invalid"},
		"another type":       {"user.status", `{"user":7}`, "malformed"},
		"too large":          {"user.status", `{"user":"` + strings.Repeat("x", 65<<10) + `"}`, "too_large"},
		"nothing to be seen": {"enrollment.provisioning", `{"user":"u-nobody","enrollment_id":"e-1"}`, "not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := p.CallWith(ctx, &nats.Msg{Subject: "mfa.acme.rpc." + c.rpc, Data: []byte(c.question)})
			refusedWith(t, c.code, err)
			passes(ctx, t, p)
		})
	}
}
