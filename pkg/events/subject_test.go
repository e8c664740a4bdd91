package events_test

import (
	"testing"

	"countersign/pkg/events"
)

func TestSubjectsReadAsTheyAreWritten(t *testing.T) {
	key := events.UserKey("acme", "u-1842")
	for _, want := range []struct {
		subject string
		parts   events.Subject
	}{
		{events.InSubject("acme", "login", "started"), events.Subject{Platform: "acme", Direction: events.In, Entity: "login", Fact: "started"}},
		{events.OutSubject("acme", "challenge", "issued", key), events.Subject{Platform: "acme", Direction: events.Out, Entity: "challenge", Fact: "issued", UserKey: key}},
		{events.TimerSubject("acme", "verify", "expiry_due"), events.Subject{Platform: "acme", Direction: events.Timer, Worker: "verify", Fact: "expiry_due"}},
	} {
		if got, err := events.ParseSubject(want.subject); err != nil || got != want.parts {
			t.Errorf("%s: got %+v, %v", want.subject, got, err)
		}
	}
}

func TestSubjectsOfOtherShapesAreRefused(t *testing.T) {
	for _, subject := range []string{
		"", "mfa.acme.in.login", "mfa.acme.in.login.started.more", "mfa.acme.out.login.started", "mfa..in.login.started",
		"mfa.ACME.in.login.started", "mfa.acme.in..started", "foo.acme.in.login.started", "mfa.acme.rpc.login.status",
		"mfa.*.in.login.started",
	} {
		if s, err := events.ParseSubject(subject); err == nil {
			t.Errorf("%q was read as %+v", subject, s)
		}
	}
}

func TestDeadAndRPCSubjects(t *testing.T) {
	if got := events.DeadSubject("acme", "verify", "login", "started"); got != "mfa.acme.dead.verify.login.started" {
		t.Error(got)
	}
	if got := events.RPCSubject("acme", "login", "status"); got != "mfa.acme.rpc.login.status" {
		t.Error(got)
	}
}
