package e2e_test

import (
	"context"
	"strings"
	"testing"

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
