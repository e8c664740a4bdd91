package bus

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go"

	"countersign/pkg/worker/trace"
)

// A subscription pulls from one durable consumer into the lanes.
//
// It speaks the pull protocol itself: the client library tells its own control messages from a platform's by a Status
// header, which a platform can send. An empty message "409 Consumer Deleted" would end every worker's subscription, again
// and again. Here what arrives at the inbox under its own subject is control, everything else is a message.
type subscription struct {
	conn    *nats.Conn
	log     *slog.Logger
	topic   string
	stream  string
	durable string
	laneKey func(*Delivery) string
	lanes   *Lanes
	bare    bool // messages without id and metadata
	out     chan *message.Message
	ctx     context.Context

	deadline time.Duration // of a message's context; 0: none

	flow    flow
	inbox   string
	ackWait time.Duration
	arrived chan struct{} // something came or left: see whether to ask for more; holds one
	stop    chan struct{} // closed by drain: pull no more, finish what is held
	closing chan struct{} // closed by close: give back what is held
	ended   chan struct{} // closed: out is closed, nothing is held

	drain, close func()

	mu   sync.Mutex
	held map[*held]struct{}
	back map[uint64]returned // given back a moment ago, by sequence
	idle *sync.Cond          // held is empty
}

// receive runs in the connection's goroutine for this inbox and never waits.
func (s *subscription) receive(m *nats.Msg) {
	if m.Subject == s.inbox {
		s.flow.control(m, s.log, s.durable)
		s.wake()
		return
	}
	h := newHeld(s, m)
	if h == nil {
		s.log.Warn("message without a delivery's reply subject", "durable", s.durable)
		return
	}
	s.flow.received()
	if s.stopped() {
		h.giveBack(0)
		return
	}
	h.queue = s.lanes.of(s.laneKey(&h.d)) // before keep can see it
	s.mu.Lock()
	s.held[h] = struct{}{}
	delete(s.back, h.d.Sequence)
	s.mu.Unlock()
	h.queue.put(h)
	s.wake()
}

// context is what h is handled under.
func (s *subscription) context(h *held) (context.Context, context.CancelFunc) {
	about := trace.About(s.ctx, h)
	if s.deadline > 0 {
		return context.WithTimeout(about, s.deadline)
	}
	return context.WithCancel(about)
}

func (s *subscription) release(h *held) {
	s.mu.Lock()
	delete(s.held, h)
	if len(s.held) == 0 {
		s.idle.Broadcast()
	}
	s.mu.Unlock()
	s.flow.released()
	s.wake()
}

// settled returns when nothing is held.
func (s *subscription) settled() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.held) > 0 {
		s.idle.Wait()
	}
}

func (s *subscription) wake() {
	select {
	case s.arrived <- struct{}{}:
	default:
	}
}

func (s *subscription) stopped() bool {
	select {
	case <-s.stop:
		return true
	case <-s.closing:
		return true
	default:
		return false
	}
}
