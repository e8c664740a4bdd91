package workertest

import (
	"strconv"
	"time"

	"countersign/pkg/events"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Sent is a message that was published.
type Sent struct {
	ID      string // ce-id
	Subject string
	Header  nats.Header
	Body    []byte
}

// An Option changes a message before it is published.
type Option func(*events.Envelope)

// ID chooses the ce-id; without it each message has one of its own.
func ID(id string) Option { return func(e *events.Envelope) { e.ID = id } }

// Data sends other data than the event's.
func Data(json string) Option { return func(e *events.Envelope) { e.Data = []byte(json) } }

// Write makes a message of an event and does not publish it.
func (p *Platform) Write(e events.Event, options ...Option) Sent {
	p.house.t.Helper()
	data, _, err := events.Marshal(e)
	if err != nil {
		p.house.t.Fatal(err)
	}
	env := events.Envelope{ID: p.newID(), Source: "/" + p.name, Type: e.EventType(), Time: time.Now(), Data: data}
	for _, o := range options {
		o(&env)
	}
	header, body, err := events.Encode(env)
	if err != nil {
		p.house.t.Fatal(err)
	}
	entity, fact, _, err := events.ParseName(env.Type)
	if err != nil {
		p.house.t.Fatal(err)
	}
	return Sent{ID: env.ID, Subject: events.InSubject(p.name, entity, fact), Header: header, Body: body}
}

func (p *Platform) newID() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ids++
	return p.name + "-" + strconv.Itoa(p.ids)
}

// Publish returns when the bus has stored s, under a Nats-Msg-Id of this publishing, so that the bus takes it for no repeat.
func (p *Platform) Publish(s Sent) {
	p.house.t.Helper()
	m := &nats.Msg{Subject: s.Subject, Header: s.Header, Data: s.Body}
	if _, err := p.js.PublishMsg(p.house.t.Context(), m, jetstream.WithMsgID(p.newID())); err != nil {
		p.house.t.Fatalf("publish on %s: %v", s.Subject, err)
	}
}

// Send publishes e once and does not wait for an answer.
func (p *Platform) Send(e events.Event, options ...Option) Sent {
	p.house.t.Helper()
	s := p.Write(e, options...)
	p.Publish(s)
	return s
}
