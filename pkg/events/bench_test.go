package events_test

import (
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
)

// attempt is what a platform submits, as it stands on the bus.
func attempt() (events.Header, []byte) {
	return events.Header{
		"ce-specversion": {"1.0"}, "ce-id": {"a5b2c7e0"}, "ce-source": {"/acme/login"}, "ce-type": {"countersign.attempt.submitted.v1"},
		"ce-time": {"2026-11-21T09:30:00.123456789Z"}, "ce-datacontenttype": {"application/json"}, "Nats-Msg-Id": {"acme//acme/login/a5b2c7e0"},
	}, []byte(`{"user":"user-0001234","challenge_id":"k3fj5l2m7n8p9q0rstuvwxyz23","code":"123456"}`)
}

func BenchmarkDecode(b *testing.B) {
	header, body := attempt()
	registry := catalog.New()
	b.ReportAllocs()
	for b.Loop() {
		e, err := events.Decode(header, body)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := registry.Decode(e.Type, e.Data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	_, body := attempt()
	e := events.Envelope{
		ID: "k3fj5l2m7n8p9q0rstuvwxyz23", Source: "/countersign/verify", Type: "countersign.attempt.accepted.v1", Subject: "user-0001234",
		Time: time.Date(2026, 11, 21, 9, 30, 0, 123456789, time.UTC), CausationID: "a5b2c7e0", CorrelationID: "login-1", Sequence: 2, Data: body,
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := events.Encode(e); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLooksPersonal(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if events.LooksPersonal("user-0001234") {
			b.Fatal("an opaque id looks like an address")
		}
	}
}

func BenchmarkDerivedID(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		events.DerivedID("in/acme/%2Facme%2Flogin/a5b2c7e0", "answer", "countersign.attempt.accepted.v1", "0", "c29tZSBkaWdlc3Qgb2YgdGhlIGNvbnRlbnQ")
	}
}

func BenchmarkUserKey(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		events.UserKey("acme", "user-0001234")
	}
}
