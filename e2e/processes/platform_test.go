package processes_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"countersign/e2e/expect"
	"countersign/e2e/stranger"
	"github.com/nats-io/nats.go"
)

type data = stranger.Data

// What every test expects.
var (
	within   = expect.Within
	got      = expect.Fact
	answered = expect.Answer
)

// A platform has one connection for each role that it needs.
type platform struct {
	name            string
	sealed          bool // its policy wants it
	login, settings *stranger.Platform
}

func openPlatform(t *testing.T, name string) *platform {
	t.Helper()
	return &platform{name, name == "beta", as(t, name, name, "login"), as(t, name, name, "settings")}
}

// as connects under the name of a platform with the credential that another, or it, has for a role.
func as(t *testing.T, name, credential, role string) *stranger.Platform {
	t.Helper()
	p, err := stranger.Connect(shared.bus.url, name, who(t, credential, role), nats.RootCAs(shared.authority.file))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func who(t *testing.T, platform, role string) nats.Option {
	t.Helper()
	return nats.UserInfo(platform+"."+role, password(t, platform+"."+role))
}

func password(t *testing.T, user string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(shared.passwords, user))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A member is a user of a platform.
type member struct {
	*platform
	user string
}

func (p *platform) newMember() member { return member{p, stranger.NewID("u-")} }

// with gives a field that is a secret as the platform's policy wants it. place is the id that it stands under.
func (m member) with(ctx context.Context, t *testing.T, on *stranger.Platform, fact, place, field, secret string, more data) data {
	t.Helper()
	more["user"] = m.user
	if !m.sealed {
		more[field] = secret
		return more
	}
	keys, _ := answered(t)(on.Call(ctx, "keys.public", data{})).Data["keys"].([]any)
	if len(keys) == 0 {
		t.Fatal("keys.public names no key")
	}
	newest := keys[0].(data)
	at := stranger.Place{Platform: m.name, User: m.user, Fact: fact, ID: place, Field: field}
	hidden, err := stranger.Seal(newest["public_key"].(string), at, secret)
	if err != nil {
		t.Fatal(err)
	}
	more["sealed_"+field], more["sealed_key_id"] = hidden, newest["key_id"]
	return more
}

// tells publishes a secret under one role and takes the answer.
func (m member) tells(ctx context.Context, t *testing.T, on *stranger.Platform, fact, place, field, secret string, more data) (stranger.Event, error) {
	t.Helper()
	id := stranger.NewID("")
	if place == "" {
		place = id
	}
	return on.Send(ctx, m.user, on.Message(fact, id, m.with(ctx, t, on, fact, place, field, secret, more)), id)
}

func now() string { return time.Now().UTC().Format(time.RFC3339) }

// activates confirms an enrollment.
func (m member) activates(ctx context.Context, t *testing.T, enrollment, code string) {
	t.Helper()
	got(t, "enrollment.activated")(m.tells(ctx, t, m.settings, "enrollment.code_submitted", enrollment, "code", code, data{"enrollment_id": enrollment}))
}

// An app is an authenticator app and the step whose code has activated it.
type app struct {
	stranger.App
	step int64
}

// next is the code after the one that activated: the first that opens a login.
func (a app) next() string { return a.Code(a.step + 1) }

// enrollsApp scans a secret and confirms it.
func (m member) enrollsApp(ctx context.Context, t *testing.T) app {
	t.Helper()
	created := got(t, "secret.created")(m.settings.Ask(ctx, "enrollment.requested", data{"user": m.user, "factor": "totp", "reauthenticated_at": now()}))
	id := created.Text("enrollment_id")
	shown := answered(t)(m.settings.Call(ctx, "enrollment.provisioning", data{"user": m.user, "enrollment_id": id}))
	a := app{App: stranger.AppOf(shown)}
	a.step = a.Step(time.Now())
	m.activates(ctx, t, id, a.Code(a.step))
	return a
}

// enrollsAddress confirms a code that is sent; field is email or phone.
func (m member) enrollsAddress(ctx context.Context, t *testing.T, factor, field, address string) {
	t.Helper()
	created := got(t, "secret.created")(m.tells(ctx, t, m.settings, "enrollment.requested", "", field, address, data{
		"factor": factor, "reauthenticated_at": now(),
	}))
	m.activates(ctx, t, created.Text("enrollment_id"), shared.providers.code(ctx, t, address))
}

func (m member) logsIn(ctx context.Context, t *testing.T) (challenge stranger.Event) {
	t.Helper()
	return got(t, "challenge.issued")(m.login.Ask(ctx, "login.started", data{"user": m.user, "login_id": stranger.NewID("l-")}))
}

func (m member) tries(ctx context.Context, t *testing.T, challenge stranger.Event, code string) (stranger.Event, error) {
	t.Helper()
	id := challenge.Text("challenge_id")
	return m.tells(ctx, t, m.login, "attempt.submitted", id, "code", code, data{"challenge_id": id})
}
