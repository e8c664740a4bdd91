package workertest

import (
	"context"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// An Elsewhere is a worker that does not run in the house: the test asks and says what it would.
type Elsewhere struct {
	house *House
	name  string
	conn  *bus.Conn
}

// Elsewhere connects as the worker named.
func (h *House) Elsewhere(name string) *Elsewhere {
	h.t.Helper()
	return &Elsewhere{h, name, h.Bus.Connect(h.t, eye, nats.CustomInboxPrefix(bus.InboxPrefix(name)))}
}

// Ask puts a question to a worker of the house.
func (w *Elsewhere) Ask(platform, entity, verb string, request, answer any) error {
	ctx, cancel := context.WithTimeout(w.house.t.Context(), Patience)
	defer cancel()
	return w.conn.Ask(ctx, platform, entity, verb, request, answer)
}

// Say publishes a fact about a user that stands in version of its stream, and returns once the bus has it. The same id again is the same
// message, delivered again.
func (w *Elsewhere) Say(u User, id string, version uint64, e events.Event) {
	h := w.house
	h.t.Helper()
	data, _, err := events.Marshal(e)
	if err != nil {
		h.t.Fatal(err)
	}
	header, body, err := events.Encode(events.Envelope{
		ID: id, Source: "/countersign/" + w.name, Type: e.EventType(), Subject: u.ID, Time: time.Now(), Sequence: version, Data: data,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	entity, fact, _, err := events.ParseName(e.EventType())
	if err != nil {
		h.t.Fatal(err)
	}
	js, err := jetstream.New(w.conn.Conn)
	if err != nil {
		h.t.Fatal(err)
	}
	m := &nats.Msg{Subject: events.OutSubject(u.platform, entity, fact, u.Key), Header: header, Data: body}
	if _, err := js.PublishMsg(h.t.Context(), m); err != nil {
		h.t.Fatal(err)
	}
}
