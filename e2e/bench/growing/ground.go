package growing

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"countersign/e2e/bench/contender"
	"countersign/e2e/bench/crowd"
	"countersign/e2e/bench/ours"
	"countersign/e2e/bench/place"
	"countersign/e2e/bench/rig"
	"countersign/e2e/bench/rings"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
)

// A ground is a place with its population, of which users are drawn again and again.
type ground struct {
	Population
	at    place.Spec
	drawn int // how often

	spoiled bool // not as it was seeded
}

// A draw is whose attempts are measured once.
type draw struct {
	*ground
	users []int // numbers
	timed int   // of them, whose attempts come one by one
	turns int   // attempts of each

	mu    sync.Mutex
	heads map[string]eventstore.Commit // of their guards before, by userkey
}

// draw draws a row's users evenly over all, each time others where there are others.
func (g *ground) draw(r Row) *draw {
	d := &draw{ground: g, timed: r.Timed, turns: r.Turns, heads: map[string]eventstore.Commit{}}
	for i := range r.Drawn {
		d.users = append(d.users, (i*g.Users/r.Drawn+g.drawn)%g.Users)
	}
	g.drawn++
	return d
}

// contender is the real worker, over what is there already.
func (d *draw) contender() contender.Contender {
	c := ours.Contender()
	challenge := c.Challenge
	c.Seed = func(ctx context.Context, at place.Spec, users []crowd.User) error { return d.meet(ctx, users) }
	c.Listen = d.listen(c.Listen)
	c.Challenge = func(ctx context.Context, b *rig.Bus, users []crowd.User) error {
		if err := challenge(ctx, b, users); err != nil {
			return err
		}
		return d.room(ctx)
	}
	c.Check = func(ctx context.Context, at place.Spec, users []crowd.User) error {
		return errors.Join(d.check(ctx, users), d.rewind(ctx))
	}
	return c
}

// listen has the bus count on from where it was when the population's last commit was published: it has lost nothing.
func (d *draw) listen(next func(context.Context, *rig.Bus) error) func(context.Context, *rig.Bus) error {
	return func(ctx context.Context, b *rig.Bus) error {
		s, err := b.JS.Stream(ctx, bus.StreamOut)
		if err != nil {
			return err
		}
		config := s.CachedInfo().Config
		config.FirstSeq = uint64(d.size()) + 1
		if err := b.JS.DeleteStream(ctx, config.Name); err != nil {
			return err
		}
		if _, err := b.JS.CreateStream(ctx, config); err != nil {
			return fmt.Errorf("make stream %s anew: %w", config.Name, err)
		}
		return next(ctx, b)
	}
}

// meet brings the users that were drawn, as each is at each turn.
func (d *draw) meet(ctx context.Context, users []crowd.User) error {
	p, err := place.Open(ctx, d.at)
	if err != nil {
		return err
	}
	opened, err := rings.Open(ctx, p.Keys, false)
	if err != nil {
		return errors.Join(err, p.Close())
	}
	group, under := errgroup.WithContext(ctx)
	group.SetLimit(64)
	for i := range d.users {
		group.Go(func() error { return d.meetOne(under, p.Events, opened, users, i) })
	}
	return errors.Join(group.Wait(), p.Close())
}

func (d *draw) meetOne(ctx context.Context, store eventstore.Store, of *keyring.Rings, users []crowd.User, i int) error {
	u := crowd.Number(d.users[i])
	ref, err := of.Current(ctx, crowd.Platform, u.Key)
	if err != nil {
		return err
	}
	head, err := ours.Head(ctx, store, u)
	if err != nil {
		return err
	}
	if head.Version != uint64(2*d.Logins) {
		return fmt.Errorf("guard of %s has %d commits, want %d: its store was not left as it was", u.ID, head.Version, 2*d.Logins)
	}
	d.mu.Lock()
	d.heads[u.Key] = head
	d.mu.Unlock()
	for turn := range d.turns {
		again := u.At(d.Logins + 1 + turn)
		again.Ahead = turn - (d.turns-1)/2
		if err := ours.Meet(ctx, of, &again, ref); err != nil {
			return err
		}
		users[d.slot(i, turn)] = again
	}
	return nil
}

// slot is where the attempt of the draw's user i stands at a turn: first those that come one by one, in both parts one turn after the other.
func (d *draw) slot(i, turn int) int {
	if i < d.timed {
		return turn*d.timed + i
	}
	return d.timed*d.turns + turn*(len(d.users)-d.timed) + i - d.timed
}

// step is how long a code of an app is shown; ready is how much of it has to be left.
const (
	step  = 30 * time.Second
	ready = 12 * time.Second
)

// room waits for time enough to publish codes of the step before: who takes three turns at once begins with one.
func (d *draw) room(ctx context.Context) error {
	left := step - time.Duration(time.Now().UnixNano()%int64(step))
	if d.turns < 3 || left > ready {
		return nil
	}
	select {
	case <-time.After(left):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// check holds every guard to what it had, one commit for each login and one for each attempt, all marked as published.
func (d *draw) check(ctx context.Context, attempted []crowd.User) error {
	p, err := place.Open(ctx, d.at)
	if err != nil {
		return err
	}
	err = d.checkAll(ctx, p.Events, attempted)
	return errors.Join(err, p.Close())
}

func (d *draw) checkAll(ctx context.Context, store eventstore.Store, attempted []crowd.User) error {
	pending, err := store.Pending(ctx, worker.GuardKind, time.Now().Add(time.Hour), 1)
	if err != nil {
		return err
	}
	if len(pending) > 0 {
		return fmt.Errorf("version %d of %s is not marked as published", pending[0].Version, pending[0].Stream)
	}
	attempts := map[string]int{}
	for _, u := range attempted {
		attempts[u.Key]++
	}
	for key, before := range d.heads {
		head, err := store.Head(ctx, before.Stream)
		if err != nil {
			return err
		}
		if want := before.Version + uint64(d.turns+attempts[key]); head.Version != want {
			return fmt.Errorf("guard of %s has %d commits, want %d", head.User, head.Version, want)
		}
	}
	return nil
}

func (d *draw) rewind(ctx context.Context) error {
	var heads []eventstore.Commit
	for _, head := range d.heads {
		heads = append(heads, head)
	}
	return place.Rewind(ctx, d.at, heads)
}
