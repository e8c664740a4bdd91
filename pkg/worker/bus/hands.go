package bus

import (
	"sync"

	"github.com/ThreeDotsLabs/watermill/message"
)

// hands handle messages on goroutines that stay for the next: a goroutine of its own would grow its stack anew for each, which takes longer
// than to decide.
type hands struct {
	mu     sync.Mutex
	idle   []*hand // used last at the end: its stack is the warmest
	closed bool
}

// A hand is given one message at a time, and says what came of it.
type hand struct {
	work chan work
	done chan result // holds none: whoever rests has been heard
}

type work struct {
	handle message.HandlerFunc
	m      *message.Message
}

type result struct {
	out []*message.Message
	err error
}

// around is the middleware that has what follows it done by a hand.
func (h *hands) around(next message.HandlerFunc) message.HandlerFunc {
	return func(m *message.Message) ([]*message.Message, error) {
		hand := h.take()
		hand.work <- work{next, m}
		r := <-hand.done
		return r.out, r.err
	}
}

func (h *hands) take() *hand {
	h.mu.Lock()
	defer h.mu.Unlock()
	if last := len(h.idle) - 1; last >= 0 {
		hand := h.idle[last]
		h.idle = h.idle[:last]
		return hand
	}
	hand := &hand{make(chan work, 1), make(chan result)}
	go h.run(hand)
	return hand
}

func (h *hands) run(own *hand) {
	for w := range own.work {
		own.do(w)
		if !h.rest(own) {
			return
		}
	}
}

// do says that it is done also where the handler ends its goroutine.
func (own *hand) do(w work) {
	var r result
	defer func() { own.done <- r }()
	r.out, r.err = w.handle(w.m)
}

// rest is false once nothing more will come.
func (h *hands) rest(own *hand) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.idle = append(h.idle, own)
	}
	return !h.closed
}

// close lets those go that are idle, and each of the others once it is done.
func (h *hands) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, hand := range h.idle {
		close(hand.work)
	}
	h.idle = nil
}
