package once_test

import (
	"sync"
	"sync/atomic"
	"time"

	"countersign/pkg/events/guard"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/workertest"
)

// A weather is what the machines go through while a code is raced for. What rises returns lets it pass.
type weather struct {
	name  string
	rises func(s *site, r *race) (passes func())
}

// weathers are all, one for each boundary between two steps of handling a message.
func weathers() []weather {
	all := []weather{
		{"with nothing in the way", func(*site, *race) func() { return func() {} }},
		{"on machines whose clocks are ten minutes off", clocks},
		{"with one killed before it acknowledges", func(s *site, _ *race) func() {
			return s.first(func(m *machine, mine func() bool) {
				m.wire.cutAt(func(frames []byte) bool { return acknowledges(frames) && mine() }, m.die)
			})
		}},
	}
	for _, b := range boundaries {
		all = append(all, killed(b))
		if b.held {
			all = append(all, stalled(b))
		}
	}
	return all
}

// clocks are readiness aside: a worker on such a machine says that it is not ready.
func clocks(s *site, _ *race) func() {
	for i, place := range s.dice.Perm(len(s.machines)) {
		s.machines[place].clock.Ahead(time.Duration(i-1) * 10 * time.Minute)
	}
	return s.mend
}

// A boundary stands before or after a call of the store.
type boundary struct {
	name  string
	op    workertest.Op
	after bool
	held  bool // a worker may also stand there for long
}

var boundaries = []boundary{
	{"before it loads", workertest.Head, false, false},
	{"when it has loaded", workertest.Head, true, true},
	{"when it has decided", workertest.Append, false, true},
	{"when it has appended", workertest.Append, true, true},
	{"before it marks what it published", workertest.MarkPublish, false, false},
}

// faults do something at the boundary. A worker may hold the guard and not read it, but it reads of each attempt's enrollment where it ends.
func (b boundary) faults(do func() error) workertest.Faults {
	f := func(c workertest.Call) error {
		ours := c.Kind == worker.GuardKind || c.Kind == "" || c.Op == workertest.Head && c.Kind == worker.EnrollmentKind
		if c.Op != b.op || !ours {
			return nil
		}
		return do()
	}
	if b.after {
		return workertest.Faults{After: f}
	}
	return workertest.Faults{Before: f}
}

func killed(b boundary) weather {
	return weather{"with one killed " + b.name, func(s *site, _ *race) func() {
		return s.first(func(m *machine, mine func() bool) {
			m.Break(b.faults(func() error {
				if !mine() {
					return nil
				}
				m.die()
				return eventstore.ErrClosed
			}))
		})
	}}
}

// first tells each machine how to die where it may call itself the first that came there, and buries that one when the weather passes. Nobody can say
// beforehand which one appends: most of what a race asks is refused, and refusals share a commit.
func (s *site) first(tell func(m *machine, mine func() bool)) (passes func()) {
	var first atomic.Pointer[machine]
	come := make(chan *machine, 1)
	for _, m := range s.machines {
		tell(m, func() bool {
			if first.CompareAndSwap(nil, m) {
				come <- m
			}
			return first.Load() == m
		})
	}
	return func() { s.buried(s.victim(come)); s.mend() }
}

// stalled has one worker stand at a boundary until another one, who begins later, has had a code accepted.
func stalled(b boundary) weather {
	return weather{"with one stalled " + b.name + ", awake late", func(s *site, r *race) func() {
		slow, held, over := s.any(), make(chan struct{}), make(chan struct{})
		var standing sync.Once
		slow.Break(b.faults(func() error {
			standing.Do(func() { close(held); <-over })
			return nil
		}))
		for _, m := range s.machines {
			if m != slow {
				m.Break(boundary{op: workertest.Head}.faults(func() error { <-held; return nil }))
			}
		}
		awake := make(chan struct{})
		go func() { defer close(awake); defer close(over); r.awaitDecided() }()
		return func() { <-awake; s.mend() }
	}}
}

// awaitDecided waits for the first attempt that is told what becomes of it: the code is spent by then.
func (r *race) awaitDecided() {
	r.site.Await("an attempt is decided", 1, func(e workertest.Event) bool {
		return e.UserKey == r.user.Key && (e.Envelope.Type == guard.AttemptAcceptedType || e.Envelope.Type == guard.AttemptRejectedType)
	})
}
