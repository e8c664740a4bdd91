package workertest

import (
	"errors"
	"sync"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// An Event is one message of MFA_OUT.
type Event struct {
	Sequence uint64 // of the bus
	Platform string
	UserKey  string
	Envelope events.Envelope
	Event    events.Event
}

// witness sees what workers say, each message once, also across restarts of the bus; and, while it is connected, all that is published.
type witness struct {
	mu    sync.Mutex
	seen  []Event
	last  uint64
	raw   []*nats.Msg
	grown chan struct{} // closed when something was seen
}

// watch begins before the first worker speaks.
func (h *House) watch() *witness {
	h.t.Helper()
	w := &witness{grown: make(chan struct{})}
	conn := h.Bus.Connect(h.t, eye)
	for _, direction := range []string{"in", "out", "timer", "dead"} { // not rpc: it would be taken for a responder
		if _, err := conn.Subscribe("mfa.*."+direction+".>", w.overhear); err != nil {
			h.t.Fatal(err)
		}
	}
	js, err := jetstream.New(conn.Conn)
	if err != nil {
		h.t.Fatal(err)
	}
	c, err := js.CreateConsumer(h.t.Context(), bus.StreamOut, jetstream.ConsumerConfig{
		Durable: eye, AckPolicy: jetstream.AckExplicitPolicy, AckWait: 2 * time.Second,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	messages, err := c.Messages(jetstream.PullExpiry(2*time.Second), jetstream.PullHeartbeat(500*time.Millisecond))
	if err != nil {
		h.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); h.follow(w, conn.Conn, messages) }()
	h.t.Cleanup(func() { messages.Stop(); <-done })
	return w
}

func (h *House) follow(w *witness, conn *nats.Conn, messages jetstream.MessagesContext) {
	for {
		m, err := messages.Next()
		if errors.Is(err, jetstream.ErrMsgIteratorClosed) || conn.IsClosed() {
			return
		}
		if err != nil {
			continue // a heartbeat that did not come: the bus restarts
		}
		h.see(w, m)
		_ = m.Ack() // else it comes again and is known
	}
}

func (h *House) see(w *witness, m jetstream.Msg) {
	meta, err := m.Metadata()
	if err != nil {
		h.t.Errorf("witness: %v", err)
		return
	}
	env, err := events.Decode(events.Header(m.Headers()), m.Data())
	if err != nil {
		h.t.Errorf("a worker said what is no event: %v", err)
		return
	}
	e, err := h.registry.DecodeStored(env.Type, env.Data, nil)
	if err == nil {
		err = e.Validate()
	}
	if err != nil {
		h.t.Errorf("a worker said what the contract does not know: %s: %v", env.Type, err)
	}
	s, _ := events.ParseSubject(m.Subject())
	w.add(Event{Sequence: meta.Sequence.Stream, Platform: s.Platform, UserKey: s.UserKey, Envelope: env, Event: e})
}

// add keeps the order of the bus: what comes again after a restart is dropped.
func (w *witness) add(e Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e.Sequence <= w.last {
		return
	}
	w.last = e.Sequence
	w.seen = append(w.seen, e)
	close(w.grown)
	w.grown = make(chan struct{})
}

func (w *witness) overhear(m *nats.Msg) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.raw = append(w.raw, m)
}

func (w *witness) upTo(sequence uint64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last >= sequence
}
