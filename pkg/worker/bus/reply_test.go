package bus

import (
	"testing"

	"countersign/pkg/events"
)

func TestWhereAQuestionIsAnswered(t *testing.T) {
	public := events.RPC{Entity: "login", Verb: "status", Worker: "verify", Roles: []string{"login"}}
	internal := events.RPC{Entity: "code", Verb: "judge", Worker: "verify", Askers: []string{"recovery"}}
	for _, c := range []struct {
		name     string
		row      events.RPC
		reply    string
		answered bool
	}{
		{"at the platform's inbox", public, "_INBOX.acme.x", true},
		{"at the server's own reply to another account", public, "_R_.Kx0.1", true},
		{"not at another platform's inbox", public, "_INBOX.globex.x", false},
		{"not at an inbox whose name only begins alike", public, "_INBOX.acmes.x", false},
		{"not at a fact's subject", public, "mfa.acme.out.attempt.accepted.k", false},
		{"not at what only looks like the server's", public, "_R_", false},
		{"not at a wildcard", public, "_R_.>", false},
		{"not nowhere", public, "", false},
		{"a worker's at that worker's inbox", internal, "_INBOX._recovery.x", true},
		{"a worker's not in another account: those are platforms'", internal, "_R_.Kx0.1", false},
		{"a worker's not at a platform's inbox", internal, "_INBOX.acme.x", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := mayAnswer(c.row, events.RPCSubject("acme", c.row.Entity, c.row.Verb), c.reply); got != c.answered {
				t.Errorf("answered: %t", got)
			}
		})
	}
}
