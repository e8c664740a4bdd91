package faults_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"countersign/e2e/faults"
	"countersign/e2e/stranger"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/replay"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	atOnce = 8  // members
	least  = 12 // of one row
)

// A storm is what a site goes through while a crowd is at it, fault by fault.
type storm struct {
	*site
	*platform
	durables []string
	times    int // how often the present fault was injected
	flight   int // how many questions had no answer then
	said     []string
	before   faults.Tally
}

func newStorm(ctx context.Context, s *site) (*storm, error) {
	p, err := s.openPlatform()
	if err != nil {
		return nil, err
	}
	st := &storm{site: s, platform: p}
	st.durables, err = st.listed(ctx)
	return st, err
}

func (s *storm) listed(ctx context.Context) (names []string, err error) {
	err = s.eachDurable(ctx, func(stream string, c *jetstream.ConsumerInfo) error {
		names = append(names, stream+"/"+c.Name)
		return nil
	})
	slices.Sort(names)
	return names, err
}

// A fault is done to a site under load. Whoever does it says each time that it is done.
type fault struct {
	name  string
	short bool // done also in make test
	does  func(ctx context.Context, s *storm) error
	apps  bool // users have apps alone: a mail that is cut off is tried again after half a minute
	once  bool // it takes about a minute
}

// A row is what became of a fault.
type row struct {
	fault         string
	times, flight int
	faults.Tally
	took time.Duration
	said []string // more about it
	err  error
}

// goes has a crowd at it while the fault is done so many times, and then keeps the books.
func (s *storm) goes(ctx context.Context, f fault, times int) row {
	began := time.Now()
	s.times, s.flight, s.said = 0, 0, nil
	over, gone := make(chan struct{}), make(chan error, 1)
	go func() { gone <- s.crowd(ctx, f, over) }()
	err := s.busy(ctx)
	for range times {
		if err == nil {
			err = f.does(ctx, s)
		}
	}
	close(over)
	err = errors.Join(err, <-gone)
	if err == nil {
		err = s.settled(ctx)
	}
	if err == nil {
		err = errors.Join(s.noDead(ctx), s.consumersThere(ctx))
	}
	return row{f.name, s.times, s.flight, s.since(), time.Since(began), s.said, err}
}

// done is said when the fault is at work.
func (s *storm) done() {
	s.times++
	s.flight += s.InFlight()
}

// remark adds to what is said below the table.
func (s *storm) remark(text string) { s.said = append(s.said, text) }

// busy waits until questions are under way.
func (s *storm) busy(ctx context.Context) error {
	for s.InFlight() < atOnce/2 {
		if err := rest(ctx, 5*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// crowd has members come until it is over; some come in any case.
func (s *storm) crowd(ctx context.Context, f fault, over <-chan struct{}) error {
	var mu sync.Mutex
	var failed []error
	var going sync.WaitGroup
	next := numbers(ctx, over)
	for range atOnce {
		going.Go(func() {
			for n := range next {
				m := &member{platform: s.platform, user: stranger.NewID("u-")}
				if err := m.lives(ctx, n%3 > 0 || f.apps); err != nil {
					mu.Lock()
					failed = append(failed, fmt.Errorf("%s: %w", m.user, err))
					mu.Unlock()
				}
			}
		})
	}
	going.Wait()
	return errors.Join(failed...)
}

func numbers(ctx context.Context, over <-chan struct{}) <-chan int {
	next := make(chan int)
	go func() {
		defer close(next)
		for n := 0; n < least || !ended(over); n++ {
			select {
			case next <- n:
			case <-ctx.Done():
				return
			}
		}
	}()
	return next
}

func ended(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// settled waits until nothing is under way: every message is handled, every commit noted as published, everything heard.
func (s *storm) settled(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	for {
		why, err := s.unsettled(ctx)
		if err == nil && why == "" {
			return nil
		}
		if rest(ctx, again) != nil {
			return errors.Join(err, fmt.Errorf("it does not come to rest: %s", why))
		}
	}
}

func (s *storm) unsettled(ctx context.Context) (why string, err error) {
	err = s.eachDurable(ctx, func(_ string, c *jetstream.ConsumerInfo) error {
		if c.NumPending > 0 || c.NumAckPending > 0 {
			why = fmt.Sprintf("%s has %d messages waiting and %d under way", c.Name, c.NumPending, c.NumAckPending)
		}
		return nil
	})
	for _, kind := range replay.Kinds() {
		pending, failed := s.commits.Pending(ctx, kind, time.Now().Add(time.Hour), 1)
		err = errors.Join(err, failed)
		if len(pending) > 0 {
			why = fmt.Sprintf("version %d of %s is not published", pending[0].Version, pending[0].Stream)
		}
	}
	return why, err
}

// since is what does not hold and did before.
func (s *storm) since() faults.Tally {
	all, before := s.Balance(), s.before
	s.before = all
	return faults.Tally{
		Asked: all.Asked - before.Asked, Lost: all.Lost - before.Lost, Repeated: all.Repeated - before.Repeated, Opened: all.Opened - before.Opened,
		Why: all.Why,
	}
}

// holds is what must be so after everything, beside what must be after each.
func (s *storm) holds(ctx context.Context) error {
	_, differs := s.countersign(ctx, []string{"COUNTERSIGN_MONGODB_URI=" + s.mongo, "COUNTERSIGN_MONGODB_DATABASE=" + s.database}, "commits", "check")
	return errors.Join(differs, s.reached(ctx))
}

func (s *storm) consumersThere(ctx context.Context) error {
	names, err := s.listed(ctx)
	if err == nil && !slices.Equal(names, s.durables) {
		err = fmt.Errorf("consumers are %v, want %v", names, s.durables)
	}
	return err
}

func (s *storm) noDead(ctx context.Context) error {
	ctx, cancel := soon(ctx)
	defer cancel()
	dead, err := s.streams.Stream(ctx, bus.StreamDead)
	if err != nil {
		return err
	}
	if n := dead.CachedInfo().State.Msgs; n > 0 {
		return fmt.Errorf("%d dead letters of good events", n)
	}
	return nil
}
