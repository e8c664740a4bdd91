package decider_test

import (
	"fmt"
	"strings"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
)

func TestBadInputIsAnsweredOrDiscarded(t *testing.T) {
	cases := []struct {
		name  string
		spoil func(d *bus.Delivery)
		code  events.Code // "" for a dead letter
		field string
	}{
		{"a body that is no JSON", func(d *bus.Delivery) { d.Body = []byte("{") }, events.Malformed, "data"},
		{"a body that is a list", func(d *bus.Delivery) { d.Body = []byte("[]") }, events.Malformed, "data"},
		{"a field of the wrong type", func(d *bus.Delivery) { d.Body = []byte(`{"user":"u1","add":"x"}`) }, events.Invalid, "add"},
		{"a field out of bounds", func(d *bus.Delivery) { d.Body = []byte(`{"user":"u1","add":-1}`) }, events.Invalid, "add"},
		{"no user", func(d *bus.Delivery) { d.Body = []byte(`{"add":1}`) }, events.Invalid, "user"},
		{"a user that is an address", func(d *bus.Delivery) { d.Body = []byte(`{"user":"ann@example.org","add":1}`) }, events.Invalid, "user"},
		{"a subject of another user", func(d *bus.Delivery) { d.Header["ce-subject"] = []string{"u2"} }, events.Malformed, "ce-subject"},
		{"a type that does not agree", func(d *bus.Delivery) { d.Header["ce-type"] = []string{countedType} }, events.Malformed, "ce-type"},
		{"a type that nobody knows", func(d *bus.Delivery) { d.Header["ce-type"] = []string{"countersign.tally.lost.v1"} }, events.UnknownType, ""},
		{"a version to come", func(d *bus.Delivery) { d.Header["ce-type"] = []string{"countersign.tally.asked.v9"} }, events.UnsupportedVersion, ""},
		{"a platform without a policy", func(d *bus.Delivery) { d.Subject = "mfa.other.in.tally.asked" }, events.UnknownPlatform, ""},
		{"a time that is none", func(d *bus.Delivery) { d.Header["ce-time"] = []string{"noon"} }, events.Malformed, "ce-time"},
		{"no id", func(d *bus.Delivery) { delete(d.Header, "ce-id") }, "", ""},
		{"two ids", func(d *bus.Delivery) { d.Header["Ce-Id"] = []string{"e2"} }, "", ""},
		{"no header", func(d *bus.Delivery) { d.Header = nil }, "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorker(t)
			d := ask("e1", 1)
			c.spoil(d)
			err := w.receive(t.Context(), d)
			if c.code == "" {
				if err == nil || len(w.heard()) != 0 {
					t.Fatalf("handled with %v and %d answers, want a dead letter", err, len(w.heard()))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if r := w.rejection(0); r.Code != c.code || r.Field != c.field || r.Message == "" {
				t.Errorf("rejected with %+v, want %s of %q", r, c.code, c.field)
			}
		})
	}
}

func TestARefusalDoesNotRepeatAnAddress(t *testing.T) {
	for name, body := range map[string]string{
		"as the user":                   `{"user":"ann@example.org","add":1}`,
		"as the user of a broken event": `{"user":"ann@example.org","add":"x"}`,
	} {
		w := newWorker(t)
		d := ask("e1", 1)
		d.Body = []byte(body)
		if err := w.receive(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		m := w.bus.out[0]
		if text := fmt.Sprint(m.Subject, m.Header, string(m.Body)); strings.Contains(text, "ann@") {
			t.Errorf("%s: %s", name, text)
		}
		if want := events.OutSubject("acme", "request", "rejected", events.UserKey("acme", "ann@example.org")); m.Subject != want {
			t.Errorf("%s: answered on %s, want %s", name, m.Subject, want)
		}
	}
}

func TestAnEventSealedOnceMoreIsTheSameEvent(t *testing.T) {
	w := newWorker(t)
	for _, body := range []string{
		`{"user":"u1","add":1,"sealed_note":"b25l"}`, `{"user":"u1","add":1,"sealed_note":"dHdv"}`, `{"user":"u1","add":2,"sealed_note":"b25l"}`,
	} {
		d := ask("e1", 1)
		d.Body = []byte(body)
		w.deliver(d)
	}
	heard := w.heard()
	if len(heard) != 3 || heard[1].ID != heard[0].ID || w.rejection(2).Field != "ce-id" {
		t.Errorf("heard %+v, want one answer twice, and that the third is another event", heard)
	}
}

func TestAWorkersOwnMessageWaitsForThePolicyOfItsPlatform(t *testing.T) {
	w := newWorker(t)
	d := ask("e1", 1)
	d.Subject = "mfa.other.timer.verify.due"
	d.Header["ce-type"] = []string{dueType}
	if err := w.receive(t.Context(), d); err == nil || len(w.heard()) != 0 {
		t.Errorf("handled with %v and %d answers, want it to come again", err, len(w.heard()))
	}
}
