package faults_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"countersign/e2e/faults"
	"countersign/e2e/stranger"
	"countersign/pkg/worker/bus"
)

const (
	poisonous = "u-poison-"           // users at whose enrollment requests enroll panics
	slice     = time.Second           // of time, with poison or without
	windows   = 5                     // of each; the middle one counts, or one in which somebody else had the machine would
	sip       = 20 * time.Millisecond // between two messages of poison
	// harm is how many times longer the slowest hundredth may take beside poison, and little is what nobody would call harm. Who waits behind a
	// handler that holds its lane waits for seconds.
	harm    = 3
	little  = 200 * time.Millisecond
	moments = 2 // are forgiven: somebody else had the machine for longer
)

// poisoned: enroll panics at some users' messages, others cannot be read, and some have no id. Those who come meanwhile wait no longer for it, and a
// release without the fault handles what has died. Where enroll holds its lane before it panics, others wait: that is seen, or the rest proves nothing.
func poisoned(holds time.Duration, harms bool) func(context.Context, *storm) error {
	return func(ctx context.Context, s *storm) error {
		if err := s.changes(ctx, "enroll", "COUNTERSIGN_POISON="+poisonous, "COUNTERSIGN_POISON_HOLDS="+holds.String()); err != nil {
			return err
		}
		d := &doses{storm: s}
		return errors.Join(d.judged(ctx, harms), s.changes(ctx, "enroll"), d.cured(ctx))
	}
}

func (d *doses) judged(ctx context.Context, harms bool) error {
	for range 1 + moments {
		harmed, err := d.harm(ctx)
		if err = errors.Join(err, d.died(ctx)); err != nil || harmed == harms {
			return err
		}
	}
	return fmt.Errorf("others are harmed: %t, want %t: %s", !harms, harms, d.said[len(d.said)-1])
}

// harm compares slices of time with poison to those before, in which none is under way.
func (d *doses) harm(ctx context.Context) (harmed bool, err error) {
	without, err := d.slices(ctx, false)
	if err != nil {
		return false, err
	}
	with, err := d.slices(ctx, true)
	if err != nil {
		return false, err
	}
	return d.compare(ctx, with, without)
}

func (d *doses) slices(ctx context.Context, poison bool) (all []*waits, err error) {
	for range windows {
		if poison {
			d.done()
		}
		w := &waits{}
		if err := d.slice(ctx, w, poison); err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	return all, nil
}

// changes stops a worker and starts it with something else in its environment.
func (s *storm) changes(ctx context.Context, worker string, more ...string) error {
	if err := s.worker(worker).Stop(ctx); err != nil {
		return err
	}
	_, err := s.start(ctx, worker, more...)
	return err
}

// compare holds what others waited to what they wait without poison.
func (s *storm) compare(ctx context.Context, with, without []*waits) (harmed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	beside, n, err := middle(ctx, with)
	alone, m, failed := middle(ctx, without)
	s.remark(fmt.Sprintf("99 in 100 who asked beside poison had an answer after %v (%d answers), without it after %v (%d)", beside, n, alone, m))
	return beside > max(harm*alone, little), errors.Join(err, failed)
}

// doses are what was sent of poison.
type doses struct {
	*storm
	sent, letters int
	panicked      []<-chan stranger.Event
}

// slice is a slice of time; who asks in it is noted.
func (d *doses) slice(ctx context.Context, in *waits, poison bool) error {
	d.waits.Store(in)
	defer d.waits.Store(nil)
	for end := time.Now().Add(slice); time.Now().Before(end); {
		if poison {
			if err := d.sip(ctx); err != nil {
				return err
			}
		}
		if err := rest(ctx, sip); err != nil {
			return err
		}
	}
	return nil
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
