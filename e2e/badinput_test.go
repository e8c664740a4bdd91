package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/e2e/stranger"
	"github.com/nats-io/nats.go"
)

// bad is one kind of bad input: what it does to a login.started that was fine, and what becomes of it.
type bad struct {
	name  string
	spoil func(m *nats.Msg)
	code  string // of request.rejected; "" for what no answer can be addressed to
	field string
}

var badInput = []bad{
	{"JSON that breaks off", body(`{"user":"u-1",`), "malformed", "data"},
	{"no JSON", body(`user=u-1`), "malformed", "data"},
	{"a list", body(`["u-1"]`), "malformed", "data"},
	{"an empty body", body(``), "malformed", "data"},
	{"a field twice", body(`{"user":"u-1","user":"u-2","login_id":"l-1"}`), "invalid", "user"},
	{"a text that is not UTF-8", body("{\"user\":\"u-1\",\"login_id\":\"\xff\"}"), "malformed", "data"},
	{"a field of another type", body(`{"user":"u-1","login_id":7}`), "invalid", "login_id"},
	{"a field missing", body(`{"user":"u-1"}`), "invalid", "login_id"},
	{"a field too long", body(`{"user":"u-1","login_id":"` + strings.Repeat("x", 129) + `"}`), "invalid", "login_id"},
	{"a word that is none", body(`{"user":"u-1","login_id":"l-1","purpose":"fun"}`), "invalid", "purpose"},
	{"no user", body(`{"login_id":"l-1"}`), "invalid", "user"},
	{"a user that is a mail address", body(`{"user":"jane@example.org","login_id":"l-1"}`), "invalid", "user"},
	{"a user that is a phone number", body(`{"user":"+493012345678","login_id":"l-1"}`), "invalid", "user"},
	{"a type that is none", header("ce-type", "countersign.login.begun.v1"), "unknown_type", ""},
	{"a version that is none", header("ce-type", "countersign.login.started.v9"), "unsupported_version", ""},
	{"a type of another subject", header("ce-type", "countersign.attempt.submitted.v1"), "malformed", "ce-type"},
	{"no type", without("ce-type"), "malformed", "ce-type"},
	{"no source", without("ce-source"), "malformed", "ce-source"},
	{"another CloudEvents version", header("ce-specversion", "0.3"), "malformed", "ce-specversion"},
	{"a type twice", header("ce-type", "countersign.login.started.v1", "countersign.login.started.v1"), "malformed", "ce-type"},
	{"a user beside the subject's", header("ce-subject", "u-2"), "malformed", "ce-subject"},
	{"a header that is not percent-encoded", header("ce-subject", "100%"), "malformed", "ce-subject"},
	{"no id", without("ce-id"), "", ""},
	{"an id twice", func(m *nats.Msg) { m.Header["ce-id"] = append(m.Header["ce-id"], "other") }, "", ""},
	{"no header and no event", func(m *nats.Msg) { m.Header, m.Data = nil, []byte("hello") }, "", ""},
	{"no header and a JSON object", func(m *nats.Msg) { m.Header = nil }, "", ""},
	{"no header and no body", func(m *nats.Msg) { m.Header, m.Data = nil, nil }, "", ""},
}

func body(text string) func(*nats.Msg) { return func(m *nats.Msg) { m.Data = []byte(text) } }

func header(name string, values ...string) func(*nats.Msg) {
	return func(m *nats.Msg) { m.Header[name] = values }
}

func without(name string) func(*nats.Msg) { return func(m *nats.Msg) { delete(m.Header, name) } }

func TestBadInputIsAnsweredOrPutAsideAndTheNextLoginUnharmed(t *testing.T) {
	ctx, p := within(t, 2*patient), acme(t, shared)
	for _, b := range badInput {
		t.Run(b.name, func(t *testing.T) {
			ears, err := p.ListenToAll(ctx)
			if err != nil {
				t.Fatal(err)
			}
			defer ears.Close()
			id := stranger.NewID("bad-")
			m := p.Message("login.started", id, login("u-1", stranger.NewID("l-")))
			b.spoil(m)
			m.Header = withMessageID(m.Header)
			if _, err := p.Publish(ctx, m); err != nil {
				t.Fatalf("publish: %v", err)
			}
			if b.code != "" {
				b.answered(ctx, t, ears, id)
			}
			passes(ctx, t, p)
			b.silent(t, ears, id)
		})
	}
}

// withMessageID gives every sending its own, and leaves no header where there is none.
func withMessageID(h nats.Header) nats.Header {
	if h != nil {
		h["Nats-Msg-Id"] = []string{stranger.NewID("")}
	}
	return h
}

func (b bad) answered(ctx context.Context, t *testing.T, ears *stranger.Ears, id string) {
	t.Helper()
	answer := got(t, "request.rejected")(ears.Answer(ctx, id))
	if answer.Text("code") != b.code || answer.Text("field") != b.field || answer.Text("cause") != id {
		t.Errorf("got %s, want %s of field %q", answer, b.code, b.field)
	}
	if answer.Text("message") == "" {
		t.Errorf("no word about the remedy: %s", answer)
	}
}

// silent wants nothing more: neither a second answer, nor one to what nobody can answer.
func (b bad) silent(t *testing.T, ears *stranger.Ears, id string) {
	t.Helper()
	for _, e := range append(ears.Rest(), ears.Repeats...) {
		if e.Cause == id || e.Cause == "" {
			t.Errorf("heard as well: %s", e)
		}
	}
}

func TestAnIDThatWasUsedForOtherContentIsInvalid(t *testing.T) {
	ctx, p := within(t, patient), acme(t, shared)
	h := enrolled(ctx, t, p)
	id := stranger.NewID("")
	first := got(t, "challenge.issued")(p.Send(ctx, h.user, p.Message("login.started", id, login(h.user, "one")), id))
	second := got(t, "request.rejected")(p.Send(ctx, h.user, stranger.AskAgain(p.Message("login.started", id, login(h.user, "two"))), id))
	if second.Text("code") != "invalid" || second.Text("field") != "ce-id" || second.ID == first.ID {
		t.Errorf("got %s", second)
	}
	passes(ctx, t, p)
}

// What the server itself refuses, the publisher hears at once.
func TestWhatMayNotBePublishedIsRefusedAtThePublisher(t *testing.T) {
	ctx, p := within(t, patient), acme(t, shared)
	const forbidden = "forbidden"
	for _, c := range []struct {
		name  string
		spoil func(m *nats.Msg)
		want  string
	}{
		{"a typo in the subject", subject("mfa.acme.in.login.begun"), forbidden},
		{"a word too many", subject("mfa.acme.in.login.started.now"), forbidden},
		{"another platform's subject", subject("mfa.beta.in.login.started"), forbidden},
		{"a platform that there is not", subject("mfa.nobody.in.login.started"), forbidden},
		{"what only workers say", subject("mfa.acme.out.challenge.waived." + stranger.UserKey("acme", "u-1")), forbidden},
		{"a timer", subject("mfa.acme.timer.verify.expiry_due"), forbidden},
		{"a dead letter", subject("mfa.acme.dead.verify.login.started"), forbidden},
		{"the streams' administration", subject("$JS.API.STREAM.PURGE.MFA_OUT"), forbidden},
		{"a consumer of another's events", subject("$JS.API.CONSUMER.CREATE.MFA_OUT.spy"), forbidden},
		{"another's inbox", subject("_INBOX.beta.1"), forbidden},
		{"a schedule", header("Nats-Schedule", "@at 2040-01-01T00:00:00Z"), "10188"},
		{"a schedule's target", func(m *nats.Msg) {
			m.Header["Nats-Schedule"], m.Header["Nats-Schedule-Target"] = []string{"@every 1s"}, []string{"mfa.beta.in.login.started"}
		}, "10188"},
		{"a rollup", header("Nats-Rollup", "all"), "10111"},
		{"a time to live", header("Nats-TTL", "1s"), "10166"},
		{"65 KiB", func(m *nats.Msg) { m.Data = bytes.Repeat([]byte("x"), 65<<10) }, "10054"},
		{"1 MB", func(m *nats.Msg) { m.Data = bytes.Repeat([]byte("x"), 1<<20-1<<10) }, "10054"},
		{"more than the server takes", func(m *nats.Msg) { m.Data = bytes.Repeat([]byte("x"), 1<<20+1) }, "maximum payload"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := p.Message("login.started", stranger.NewID(""), login("u-1", "l-1"))
			c.spoil(m)
			_, err := p.Publish(ctx, m)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			passes(ctx, t, p)
		})
	}
}

func subject(s string) func(*nats.Msg) { return func(m *nats.Msg) { m.Subject = s } }

func TestAPlatformHearsItsOwnOnly(t *testing.T) {
	ctx, p := within(t, patient), acme(t, shared)
	for name, subject := range map[string]string{
		"another's events":          "mfa.beta.out.>",
		"everybody's events":        "mfa.*.out.>",
		"what platforms ask":        "mfa.acme.in.>",
		"dead letters":              "mfa.acme.dead.>",
		"everybody's replies":       "_INBOX.>",
		"another's replies":         "_INBOX.beta.>",
		"a worker's replies":        "_INBOX.verify.>",
		"everything":                ">",
		"what the server reports":   "$SYS.>",
		"questions of another":      "mfa.beta.rpc.>",
		"questions in our own name": "mfa.acme.rpc.>",
	} {
		if err := p.Subscribe(ctx, subject); !errors.Is(err, stranger.ErrForbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := p.Subscribe(ctx, "mfa.acme.out.>"); err != nil {
		t.Errorf("its own events: %v", err)
	}
	passes(ctx, t, p)
}

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
