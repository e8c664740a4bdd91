package faults_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"countersign/e2e/faults"
	"countersign/e2e/stranger"
	"countersign/pkg/worker/bus"
)

const (
	poisonous = "u-poison-"             // users at whose enrollment requests enroll panics
	slice     = 1500 * time.Millisecond // of time, with poison or without
	turns     = 2                       // of each
	sip       = 50 * time.Millisecond   // between two messages of poison
	// harm is how many times longer the slowest hundredth may take beside poison, and little is what nobody would call harm: of a machine that
	// others use as well. What waits behind poison waits for all its deliveries, which is seconds.
	harm   = 5
	little = 200 * time.Millisecond
)

// poisoned: enroll panics at some users' messages, others cannot be read, and some have no id to be answered under. Those who come meanwhile wait
// no longer for it, and a release without the fault handles what has died.
func poisoned(ctx context.Context, s *storm) error {
	if err := s.changes(ctx, "enroll", "COUNTERSIGN_POISON="+poisonous); err != nil {
		return err
	}
	d := &doses{storm: s}
	var with, without []time.Duration
	for range turns {
		quiet, err := d.slice(ctx, false)
		without = append(without, quiet...)
		s.done()
		loud, failed := d.slice(ctx, true)
		if with = append(with, loud...); err != nil || failed != nil {
			return errors.Join(err, failed)
		}
	}
	return errors.Join(s.unharmed(with, without), d.died(ctx), s.changes(ctx, "enroll"), d.cured(ctx))
}

// changes stops a worker and starts it with something else in its environment.
func (s *storm) changes(ctx context.Context, worker string, more ...string) error {
	if err := s.worker(worker).Stop(ctx); err != nil {
		return err
	}
	_, err := s.start(ctx, worker, more...)
	return err
}

// unharmed compares what others waited.
func (s *storm) unharmed(with, without []time.Duration) error {
	beside, alone := hundredth(with), hundredth(without)
	s.remark(fmt.Sprintf("of those who came beside poison 99 in 100 had an answer after %v (%d answers), of others after %v (%d)",
		beside.Round(time.Millisecond), len(with), alone.Round(time.Millisecond), len(without)))
	if beside > max(harm*alone, little) {
		return fmt.Errorf("poison harms others: 99 in 100 have an answer after %v, without it after %v", beside, alone)
	}
	return nil
}

func hundredth(took []time.Duration) time.Duration {
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[len(took)*99/100]
}

// A waits is how long questions of the crowd have waited for their answers. It is safe for concurrent use.
type waits struct {
	mu   sync.Mutex
	took []time.Duration
}

func (w *waits) note(since time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.took = append(w.took, time.Since(since))
}

// taken begins anew.
func (w *waits) taken() []time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	took := w.took
	w.took = nil
	return took
}

// doses are what was sent of poison.
type doses struct {
	*storm
	sent, letters int
	panicked      []<-chan stranger.Event
}

// slice is a slice of time, and what the crowd waited in it.
func (d *doses) slice(ctx context.Context, poison bool) ([]time.Duration, error) {
	d.waits.taken()
	for end := time.Now().Add(slice); time.Now().Before(end); {
		if poison {
			if err := d.sip(ctx); err != nil {
				return nil, err
			}
		}
		if err := rest(ctx, sip); err != nil {
			return nil, err
		}
	}
	return d.waits.taken(), nil
}

// sip sends one of three kinds in turn.
func (d *doses) sip(ctx context.Context) error {
	q := faults.Question{ID: stranger.NewID(""), Fact: "enrollment.requested", User: stranger.NewID(poisonous)}
	m := d.as["settings"].Message(q.Fact, q.ID, data{"user": q.User, "factor": "totp", "reauthenticated_at": now()})
	kind := d.sent % 3
	d.sent++
	switch kind {
	case 0:
		d.letters++
		d.panicked = append(d.panicked, d.Ask(q))
	case 1:
		d.Ask(q)
		m.Data = m.Data[:len(m.Data)-1]
	case 2:
		d.letters++
		delete(m.Header, "ce-id")
	}
	_, err := d.as["settings"].Publish(ctx, m)
	return err
}

// died waits until every message that nobody can handle lies among the dead.
func (d *doses) died(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	for {
		dead, err := d.streams.Stream(ctx, bus.StreamDead)
		if err == nil && dead.CachedInfo().State.Msgs == uint64(d.letters) {
			return nil
		}
		if rest(ctx, again) != nil {
			return errors.Join(err, fmt.Errorf("%d of %d dead letters are there", dead.CachedInfo().State.Msgs, d.letters))
		}
	}
}

// cured has what died of a fault of the release handled by one without, and forgets what nobody will ever read.
func (d *doses) cured(ctx context.Context) error {
	if err := d.dead(ctx, "_repair", "replay", "--reason", "panic"); err != nil {
		return err
	}
	if err := d.dead(ctx, "_operator", "discard", "--reason", "malformed"); err != nil {
		return err
	}
	for _, answer := range d.panicked {
		select {
		case e := <-answer:
			if e.Fact() != "secret.created" {
				return fmt.Errorf("what was replayed is answered by %s", e)
			}
		case <-ctx.Done():
			return errors.New("what was replayed has no answer")
		}
	}
	return nil
}

func (s *storm) dead(ctx context.Context, user string, args ...string) error {
	env := []string{
		"COUNTERSIGN_NATS_URL=" + s.url(), "COUNTERSIGN_NATS_USER=" + user, "COUNTERSIGN_NATS_PASSWORD_FILE=" + filepath.Join(s.passwords, user),
		"COUNTERSIGN_DEAD_LETTER_PRIVATE_KEY=" + s.undertaker,
	}
	said, err := s.countersign(ctx, env, append([]string{"dead"}, append(args, "--yes", "--rate", "1000")...)...)
	if err != nil {
		return fmt.Errorf("countersign dead %s: %w\n%s", strings.Join(args, " "), err, said)
	}
	return nil
}
