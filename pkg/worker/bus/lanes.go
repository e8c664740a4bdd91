package bus

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"
)

const defaultLanes = 128

// Lanes keep one user's messages apart from each other: a lane hands out its next message only when the former is
// acknowledged or given back, while the other lanes go on. Which lane a key falls into cannot be foreseen by those who choose
// keys. What has no key has no order either, and waits for nothing but the next of as many more. How much waits is bounded by the subscriptions,
// which stop pulling.
type Lanes struct {
	seed  maphash.Seed
	lanes []lane
	crowd crowd
	busy  atomic.Int64
}

// A queue hands out messages. Stuck says of one that it waits, or is handled, for longer than any handler may take: it is then left to the bus,
// which gives it to another replica when its time is over.
type queue interface {
	put(h *held)
	stuck(h *held, now time.Time, most time.Duration) bool
}

// NewLanes makes n lanes; 128 when n is not positive. All subscriptions of a worker share them.
func NewLanes(n int) *Lanes {
	if n <= 0 {
		n = defaultLanes
	}
	l := &Lanes{seed: maphash.MakeSeed(), lanes: make([]lane, n)}
	for i := range l.lanes {
		l.lanes[i].busy = &l.busy
	}
	l.crowd.most, l.crowd.busy = n, &l.busy
	return l
}

// Busy is the number of lanes at work.
func (l *Lanes) Busy() int { return int(l.busy.Load()) }

func (l *Lanes) of(key string) queue {
	if key == "" {
		return &l.crowd
	}
	return &l.lanes[maphash.String(l.seed, key)%uint64(len(l.lanes))]
}

// A line is of messages that wait for each other, in the order of their arrival. Each is in one at most.
type line struct{ head, tail *held }

func (l *line) append(h *held) {
	if l.head == nil {
		l.head, l.tail = h, h
		return
	}
	l.tail.behind, l.tail = h, h
}

// first takes it out; nil where nothing waits.
func (l *line) first() *held {
	h := l.head
	if h != nil {
		l.head, h.behind = h.behind, nil
	}
	return h
}

// A lane has a goroutine only while it has work.
type lane struct {
	busy    *atomic.Int64
	mu      sync.Mutex
	queue   line
	running bool
	since   time.Time // of the present message
}

func (l *lane) put(h *held) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue.append(h)
	if l.running {
		return
	}
	l.running = true
	l.busy.Add(1)
	go l.run()
}

func (l *lane) run() {
	for h := l.next(); h != nil; h = l.next() {
		h.run()
	}
}

func (l *lane) next() *held {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.queue.first()
	if h == nil {
		l.running = false
		l.busy.Add(-1)
		return nil
	}
	l.since = time.Now()
	return h
}

// stuck is true of all that is behind a message that takes too long.
func (l *lane) stuck(_ *held, now time.Time, most time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.running && now.Sub(l.since) > most
}
