package e2e_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"countersign/e2e/stranger"
	"github.com/nats-io/nats.go"
)

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
