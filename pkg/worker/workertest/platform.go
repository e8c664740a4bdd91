package workertest

import (
	"bytes"
	"errors"
	"slices"
	"sync"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
	"github.com/nats-io/nats.go/jetstream"
)

// A Platform talks to the workers with a platform's credential. It is safe for concurrent use.
type Platform struct {
	house *House
	name  string
	conn  *bus.Conn
	js    jetstream.JetStream

	mu   sync.Mutex
	ids  int
	sent []Sent
}

// Platform connects as a platform that there is a policy of.
func (h *House) Platform(name string) *Platform {
	h.t.Helper()
	p := &Platform{house: h, name: name, conn: h.Bus.ConnectPlatform(h.t, name, name)}
	var err error
	if p.js, err = jetstream.New(p.conn.Conn); err != nil {
		h.t.Fatal(err)
	}
	return p
}

// Ask publishes e, awaits its answer, publishes it again, and fails the test unless the second answer is the first.
func (p *Platform) Ask(e events.Event, options ...Option) Event {
	p.house.t.Helper()
	s := p.Send(e, options...)
	first := p.Answer(s.ID)
	p.mu.Lock()
	p.sent = append(p.sent, s)
	p.mu.Unlock()
	p.again(s, first)
	return first
}

func (p *Platform) again(s Sent, first Event) {
	p.house.t.Helper()
	n := len(p.answers(s.ID))
	p.Publish(s)
	again := p.house.Await("the second answer to "+s.ID, n+1, p.because(s.ID))[n]
	if !first.same(again) {
		p.house.t.Errorf("%s was answered by %s %s, and again by %s %s", s.Subject,
			first.Envelope.Type, first.Envelope.Data, again.Envelope.Type, again.Envelope.Data)
	}
}

// same holds the second to the first: what no commit holds may say other times.
func (e Event) same(o Event) bool {
	return e.Envelope.ID == o.Envelope.ID && e.Envelope.Type == o.Envelope.Type &&
		(e.Envelope.Sequence == 0 || bytes.Equal(e.Envelope.Data, o.Envelope.Data))
}

// Answer awaits the event whose cause is the message with the ce-id.
func (p *Platform) Answer(id string) Event {
	p.house.t.Helper()
	return p.house.Await("the answer to "+id, 1, p.because(id))[0]
}

// Answers are the different answers to a message that came so far.
func (p *Platform) Answers(id string) []Event { return Once(p.answers(id)) }

func (p *Platform) answers(id string) []Event { return p.house.Heard(p.because(id)) }

func (p *Platform) because(id string) func(Event) bool {
	return func(e Event) bool { return e.Platform == p.name && e.Envelope.CausationID == id }
}

// Following are the events that name e as their cause, those of them that came so far. What one commit holds comes together with its
// answer, or later: Quiet awaits it.
func (p *Platform) Following(e Event) []Event {
	p.house.Quiet()
	return p.Answers(e.Envelope.ID)
}

// ReplayAll delivers what was asked so far once more, the last first, and fails the test unless every answer that a commit holds is the same as
// it was and the streams have not grown.
func (p *Platform) ReplayAll() {
	p.house.t.Helper()
	p.house.Quiet()
	before := len(p.house.Store.Appended())
	p.mu.Lock()
	sent := slices.Clone(p.sent)
	p.mu.Unlock()
	for _, s := range slices.Backward(sent) {
		if first := p.Answer(s.ID); first.Envelope.Sequence > 0 {
			p.again(s, first)
		}
	}
	p.house.Quiet()
	if after := p.house.Store.Appended(); len(after) > before {
		p.house.t.Errorf("deliveries of what was answered appended %d commits", len(after)-before)
	}
}

// As gives the event as the type that is expected.
func As[E events.Event](h *House, e Event) E {
	h.t.Helper()
	got, ok := e.Event.(E)
	if !ok {
		h.t.Fatalf("heard %s %s, want %T", e.Envelope.Type, e.Envelope.Data, got)
	}
	return got
}

// Refused gives the code of a rejection; "" where it is none.
func Refused(e Event) events.Code {
	if r, ok := e.Event.(*events.RequestRejected); ok {
		return r.Code
	}
	return ""
}

// RefusedWith gives the code of an RPC's refusal; "" where err is none.
func RefusedWith(err error) events.Code {
	if r, ok := errors.AsType[*events.Rejection](err); ok {
		return r.Code
	}
	return ""
}
