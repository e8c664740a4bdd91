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
	poisonous = "u-poison-"             // users at whose enrollment requests enroll panics
	slice     = 1500 * time.Millisecond // of time, with poison or without
	turns     = 2                       // of each
	sip       = 20 * time.Millisecond   // between two messages of poison
	// harm is how many times longer the slowest hundredth may take beside poison, and little is what nobody would call harm: of a machine that
	// others use as well. What waits behind poison waits for all its deliveries, which is seconds.
	harm    = 3
	little  = 200 * time.Millisecond
	moments = 2 // are forgiven
)

// poisoned: enroll panics at some users' messages, others cannot be read, and some have no id to be answered under. Those who come meanwhile wait
// no longer for it, and a release without the fault handles what has died.
func poisoned(ctx context.Context, s *storm) error {
	if err := s.changes(ctx, "enroll", "COUNTERSIGN_POISON="+poisonous); err != nil {
		return err
	}
	d := &doses{storm: s}
	harmed := d.harm(ctx)
	for range moments {
		if harmed == nil {
			break
		}
		harmed = d.harm(ctx) // a moment in which somebody else had the machine harms nobody twice
	}
	return errors.Join(harmed, d.died(ctx), s.changes(ctx, "enroll"), d.cured(ctx))
}

// harm has slices of time with poison and without it by turns, and compares them.
func (d *doses) harm(ctx context.Context) error {
	with, without := &waits{}, &waits{}
	for range turns {
		err := d.slice(ctx, without, false)
		d.done()
		if err = errors.Join(err, d.slice(ctx, with, true)); err != nil {
			return err
		}
	}
	return d.compare(ctx, with, without)
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
func (s *storm) compare(ctx context.Context, with, without *waits) error {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	beside, n, err := with.hundredth(ctx)
	alone, m, failed := without.hundredth(ctx)
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	s.remark(fmt.Sprintf("99 in 100 who asked beside poison had an answer after %v (%d answers), without it after %v (%d)", beside, n, alone, m))
	if beside > max(harm*alone, little) {
		return fmt.Errorf("poison harms others: 99 in 100 have an answer after %v, without it after %v", beside, alone)
	}
	return nil
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
