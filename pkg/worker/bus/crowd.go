package bus

import (
	"sync"
	"sync/atomic"
	"time"
)

// A crowd hands out messages that have no order, each as soon as one of the former is acknowledged or given back.
type crowd struct {
	most int // at once
	busy *atomic.Int64

	mu      sync.Mutex
	waiting line
	running int
	moved   time.Time // when a message was handed out last
}

func (c *crowd) put(h *held) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting.append(h)
	if c.running == c.most {
		return
	}
	c.running, c.moved = c.running+1, time.Now()
	c.busy.Add(1)
	go c.run()
}

func (c *crowd) run() {
	for h := c.next(); h != nil; h = c.next() {
		h.run()
	}
}

func (c *crowd) next() *held {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.waiting.first()
	if h == nil {
		c.running--
		c.busy.Add(-1)
		return nil
	}
	c.moved = time.Now()
	h.begun = c.moved
	return h
}

// stuck is true of a message that is handled for too long, and of what waits while none is handed out.
func (c *crowd) stuck(h *held, now time.Time, most time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	since := h.begun
	if since.IsZero() {
		since = c.moved
	}
	return c.running > 0 && now.Sub(since) > most
}
