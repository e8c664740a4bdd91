package start

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"countersign/e2e/bench/crowd"
	"countersign/e2e/bench/place"
	"countersign/e2e/bench/report"
	"countersign/e2e/bench/stand"
	"countersign/pkg/events"
)

const patience = 30 * time.Second

var errSilent = errors.New("no attempt is accepted within 30 s")

// A starter starts a worker and returns when it is ready, with what ends it.
type starter func(ctx context.Context) (stop func() error, err error)

func (c Config) starts(ctx context.Context, dir string) (all []Start, err error) {
	for _, store := range stand.Stores(c.MongoDB) {
		some, err := c.over(ctx, store, dir)
		if err != nil {
			return nil, fmt.Errorf("measure starts over %s: %w", store, err)
		}
		all = append(all, some...)
	}
	return all, nil
}

// over measures over one store. The program verify keeps commits in MongoDB only, as in production; the worker within this program does in either.
func (c Config) over(ctx context.Context, store, dir string) (all []Start, err error) {
	starters := []string{within}
	if store == place.MongoDB {
		starters = append(starters, alone)
	}
	on, err := stand.Open(ctx, stand.On(store, c.Dir, c.MongoDB, c.Rounds*len(starters)))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, on.Close()) }()
	if err := challenge(ctx, on); err != nil {
		return nil, err
	}
	by, err := startersOf(dir, on)
	if err != nil {
		return nil, err
	}
	users := on.Users
	for _, what := range starters {
		s, err := measure(ctx, on, by[what], users[:c.Rounds])
		if err != nil {
			return nil, fmt.Errorf("start %s: %w", what, err)
		}
		s.What, s.Store, users = what, store, users[c.Rounds:]
		all = append(all, s)
		c.Progress(fmt.Sprintf("%s over %s: ready after %s ms, accepted after %s ms", what, store, s.Ready.Text(0), s.Accepted.Text(0)))
	}
	return all, nil
}

// Names of starters.
const (
	alone  = "verify"
	within = "verify in the measuring program"
)

func startersOf(dir string, on *stand.Stand) (map[string]starter, error) {
	s, err := newSite(dir, on)
	return map[string]starter{
		alone: func(ctx context.Context) (func() error, error) {
			p, _, err := s.launch(ctx, "verify")
			if err != nil {
				return nil, err
			}
			return func() error { return p.Stop(ctx) }, nil
		},
		within: func(ctx context.Context) (func() error, error) { return on.Stop, on.Start(ctx) },
	}, err
}

func challenge(ctx context.Context, on *stand.Stand) error {
	if err := on.Start(ctx); err != nil {
		return err
	}
	return errors.Join(on.Challenge(ctx), on.Stop())
}

// measure starts it once for each user, whose attempt waits by then.
func measure(ctx context.Context, on *stand.Stand, start starter, users []crowd.User) (s Start, err error) {
	conn, err := nats.Connect(on.Bus.URL())
	if err != nil {
		return s, err
	}
	defer conn.Close()
	accepted := make(chan time.Time, 1)
	subject := events.OutSubject(crowd.Platform, "attempt", "accepted", "*")
	if _, err := conn.Subscribe(subject, func(*nats.Msg) { accepted <- time.Now() }); err != nil {
		return s, err
	}
	if err := conn.Flush(); err != nil {
		return s, err
	}
	var ready, done []float64
	for i := range users {
		r, d, err := once(ctx, on, start, users[i:i+1], accepted)
		if err != nil {
			return s, err
		}
		ready, done = append(ready, milliseconds(r)), append(done, milliseconds(d))
	}
	return Start{Ready: report.Over(ready), Accepted: report.Over(done)}, nil
}

func once(ctx context.Context, on *stand.Stand, start starter, user []crowd.User, accepted <-chan time.Time) (ready, done time.Duration, err error) {
	if err := on.Bus.Publish(ctx, user, crowd.User.Attempt); err != nil {
		return 0, 0, err
	}
	begun := time.Now()
	stop, err := start(ctx)
	if err != nil {
		return 0, 0, err
	}
	ready = time.Since(begun)
	select {
	case at := <-accepted:
		return ready, at.Sub(begun), stop()
	case <-time.After(patience):
		return 0, 0, errors.Join(errSilent, stop())
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
