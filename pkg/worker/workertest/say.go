package workertest

import (
	"time"

	"countersign/pkg/events"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Says publishes an event of Out about the user as if a worker that does not run here had: its stream may hold it or not. The same id is the
// same message, however often it comes.
func (u User) Says(worker, id string, e events.Event) {
	h := u.house
	h.t.Helper()
	data, _, err := events.Marshal(e)
	if err != nil {
		h.t.Fatal(err)
	}
	header, body, err := events.Encode(events.Envelope{
		ID: id, Source: "/countersign/" + worker, Type: e.EventType(), Subject: u.ID, Time: time.Now(), CausationID: "cause of " + id, Data: data,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	entity, fact, _, err := events.ParseName(e.EventType())
	if err != nil {
		h.t.Fatal(err)
	}
	js, err := jetstream.New(h.Bus.Connect(h.t, eye).Conn)
	if err != nil {
		h.t.Fatal(err)
	}
	m := &nats.Msg{Subject: events.OutSubject(u.platform, entity, fact, u.Key), Header: nats.Header(header), Data: body}
	if _, err := js.PublishMsg(h.t.Context(), m); err != nil { // without Nats-Msg-Id: the bus must not take it for a repeat
		h.t.Fatalf("publish on %s: %v", m.Subject, err)
	}
}
