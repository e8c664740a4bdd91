package bus

import (
	"sync"

	"github.com/ThreeDotsLabs/watermill/message"
)

// hands handle messages on goroutines that stay for the next: a goroutine of its own would grow its stack anew for each, which takes longer
// than to decide.
type hands struct {
	mu     sync.Mutex
	idle   []chan func() // used last at the end: its stack is the warmest
	closed bool
}

// around is the middleware that has what follows it done by a hand.
func (h *hands) around(next message.HandlerFunc) message.HandlerFunc {
	return func(m *message.Message) (out []*message.Message, err error) {
		done := make(chan struct{})
		h.do(func() {
			defer close(done)
			out, err = next(m)
		})
		<-done
		return out, err
	}
}

func (h *hands) do(work func()) {
	h.mu.Lock()
	last := len(h.idle) - 1
	if last < 0 {
		h.mu.Unlock()
		go h.run(work)
		return
	}
	hand := h.idle[last]
	h.idle = h.idle[:last]
	h.mu.Unlock()
	hand <- work
}

func (h *hands) run(work func()) {
	for hand := make(chan func(), 1); work != nil; work = <-hand {
		work()
		if !h.rest(hand) {
			return
		}
	}
}

// rest is false once nothing more will come.
func (h *hands) rest(hand chan func()) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.idle = append(h.idle, hand)
	}
	return !h.closed
}

// close lets those go that are idle, and each of the others once it is done.
func (h *hands) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, hand := range h.idle {
		close(hand)
	}
	h.idle = nil
}
