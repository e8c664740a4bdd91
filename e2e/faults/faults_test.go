package faults_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"countersign/pkg/worker/failpoint"
)

// all are the faults, those of the workers first.
func all() (list []fault) {
	for _, w := range workers {
		list = append(list,
			fault{name: w + " is killed at any moment", does: killed(w)},
			fault{name: w + " is stopped by SIGTERM", does: stopped(w)},
			fault{name: w + " stands still and wakes up late", does: frozen(w)},
			fault{name: w + " has a clock that is ten minutes behind", does: wrongClock(w, "-10m")},
			fault{name: w + " has a clock that is ten minutes ahead", does: wrongClock(w, "10m")},
			fault{name: w + " is killed with commits that nobody noted, and so is who finds them", does: sweptTwice(w)},
		)
		for _, step := range steps {
			list = append(list, dying(w, step))
		}
	}
	for _, step := range []failpoint.Step{failpoint.Intended, failpoint.Called, failpoint.Recorded} {
		list = append(list, dying("notifier", step))
	}
	list = append(list, fault{name: "the bus loses timers, and the notifier's sweeper is killed over them", does: firedTwice})
	list = append(list, dying("enroll", failpoint.Keyed))
	list = append(list, fault{name: "enroll panics at some messages, and others cannot be read", does: poisoned(0, false)})
	list = append(list, fault{name: "enroll holds a lane for two seconds before it panics, and others are seen to wait", once: true, does: poisoned(2*time.Second, true)})
	return append(list, lines()...)
}

// steps are those of whoever decides.
var steps = []failpoint.Step{
	failpoint.Loaded, failpoint.Decided, failpoint.Appended, failpoint.Scheduled, failpoint.Published,
	failpoint.Marking, failpoint.Marked, failpoint.Handled, failpoint.Settled,
}

// lines are the faults of what stands between and behind.
func lines() []fault {
	const while = 3 * time.Second
	return []fault{
		{name: "nats-server is killed and comes back", short: true, does: func(ctx context.Context, s *storm) error { s.done(); return s.server.dies(ctx) }},
		{name: "nats-server is stopped and comes back", does: func(ctx context.Context, s *storm) error {
			s.done()
			if err := s.server.Stop(ctx); err != nil {
				return err
			}
			return s.server.start(ctx)
		}},
		{name: "nats-server stands still", does: func(ctx context.Context, s *storm) error { s.done(); return s.server.freezes(ctx, while) }},
		{name: "the disk of nats-server is full, and has room again", does: fullDisk},
		{name: "everything comes twice and out of order", does: meddled},
		{name: "lines to the bus break", does: func(ctx context.Context, s *storm) error { s.done(); s.bus.cut(); return rest(ctx, again) }},
		{name: "lines to the bus are down", does: during(toBus, state{down: true}, while)},
		{name: "lines to the bus are silent", does: during(toBus, state{held: true}, while)},
		{name: "lines to the bus are slow", does: during(toBus, state{delay: 50 * time.Millisecond}, while)},
		{name: "lines to the store break", short: true, does: func(ctx context.Context, s *storm) error { s.done(); s.store.cut(); return rest(ctx, again) }},
		{name: "the store is down", does: during(toStore, state{down: true}, while)},
		{name: "the store is silent for longer than a call may take", does: during(toStore, state{held: true}, 12*time.Second)},
		{name: "the store is slow", does: during(toStore, state{delay: 100 * time.Millisecond}, while)},
		{name: "the store is read-only", does: readOnly},
	}
}

func toBus(s *storm) *line   { return s.site.bus }
func toStore(s *storm) *line { return s.site.store }

func during(of func(*storm) *line, is state, d time.Duration) func(context.Context, *storm) error {
	return func(ctx context.Context, s *storm) error {
		s.done()
		return of(s).while(ctx, is, d)
	}
}

var inShort = map[string]bool{"verify decided": true, "enroll appended": true, "recovery published": true}

func dying(worker string, at failpoint.Step) fault {
	return fault{
		name:  fmt.Sprintf("%s is killed when it has come to %s", worker, at),
		short: inShort[worker+" "+string(at)],
		does: func(ctx context.Context, s *storm) error {
			if err := s.worker(worker).Kill(); err != nil {
				return err
			}
			if err := s.diesAt(ctx, worker, at, 1+rand.IntN(3)); err != nil {
				return err
			}
			return s.again(ctx, worker)
		},
	}
}

const died = `failpoint [a-z]+`

// diesAt starts a worker that dies when it passes a step for the nth time.
func (s *storm) diesAt(ctx context.Context, worker string, at failpoint.Step, n int) error {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	p, err := s.start(ctx, worker, fmt.Sprintf("COUNTERSIGN_FAILPOINT=%s@%d", at, n))
	if err != nil {
		return err
	}
	_, said, err := p.Over(ctx)
	if err == nil && !strings.Contains(said, "failpoint "+string(at)) {
		err = fmt.Errorf("%s ended before it came to %s:\n%s", worker, at, said)
	}
	s.done()
	return err
}

func killed(worker string) func(context.Context, *storm) error {
	return func(ctx context.Context, s *storm) error {
		if err := rest(ctx, time.Duration(rand.IntN(200))*time.Millisecond); err != nil {
			return err
		}
		s.done()
		if err := s.worker(worker).Kill(); err != nil {
			return err
		}
		return s.again(ctx, worker)
	}
}

func stopped(worker string) func(context.Context, *storm) error {
	return func(ctx context.Context, s *storm) error {
		s.done()
		if err := s.worker(worker).Stop(ctx); err != nil {
			return err
		}
		return s.again(ctx, worker)
	}
}

// frozen: another process takes what it held, and then it goes on where it stood.
func frozen(worker string) func(context.Context, *storm) error {
	return func(ctx context.Context, s *storm) error {
		late := s.worker(worker)
		s.done()
		if err := late.Freeze(); err != nil {
			return err
		}
		if err := s.again(ctx, worker); err != nil {
			return err
		}
		if err := rest(ctx, 2*redelivery); err != nil {
			return err
		}
		if err := late.Thaw(); err != nil {
			return err
		}
		return late.Stop(ctx)
	}
}

func wrongClock(worker, ahead string) func(context.Context, *storm) error {
	return func(ctx context.Context, s *storm) error {
		if err := s.worker(worker).Stop(ctx); err != nil {
			return err
		}
		p, err := s.start(ctx, worker, "COUNTERSIGN_CLOCK_AHEAD="+ahead)
		if err != nil {
			return err
		}
		s.done()
		if err := rest(ctx, redelivery); err != nil {
			return err
		}
		if err := p.Stop(ctx); err != nil {
			return err
		}
		return s.again(ctx, worker)
	}
}

// sweptTwice: who dies before it notes what it has published leaves it to the sweeper, which dies over it, and to the next one.
func sweptTwice(worker string) func(context.Context, *storm) error {
	return func(ctx context.Context, s *storm) error {
		if err := s.worker(worker).Kill(); err != nil {
			return err
		}
		if err := s.diesAt(ctx, worker, failpoint.Marking, 1); err != nil {
			return err
		}
		for _, step := range []failpoint.Step{failpoint.Sweeping, failpoint.Swept} {
			if err := rest(ctx, sweepGrace); err != nil { // what is younger is left to the living
				return err
			}
			if err := s.diesAt(ctx, worker, step, 1); err != nil {
				return err
			}
		}
		return s.again(ctx, worker)
	}
}

const sweepGrace = 5500 * time.Millisecond
