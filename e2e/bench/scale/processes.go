package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"countersign/e2e/bench/contender"
	"countersign/e2e/bench/crowd"
	"countersign/e2e/bench/ours"
	"countersign/e2e/bench/place"
	"countersign/e2e/bench/rig"
)

const envGround = "COUNTERSIGN_SCALE_GROUND" // tells a process that it is a worker, and where

func isWorker() bool { return os.Getenv(envGround) != "" }

func work(ctx context.Context) error {
	var g contender.Ground
	if err := json.Unmarshal([]byte(os.Getenv(envGround)), &g); err != nil {
		return fmt.Errorf("read %s: %w", envGround, err)
	}
	stop, err := ours.Contender().Run(ctx, g)
	if err != nil {
		return err
	}
	return errors.Join(rig.Obey(os.Stdin, os.Stdout), stop(ctx))
}

// A measurement is of one machine: the processes share its cores with bus and store, and stop growing where those are used up.
type measurement struct {
	out      io.Writer
	dir      string
	attempts int
	mongo    string
	share    share
}

func (m measurement) all(ctx context.Context, processes []int) error {
	for _, n := range processes {
		f, err := m.flood(ctx, n)
		if err != nil {
			return fmt.Errorf("measure %d processes: %w", n, err)
		}
		_, _ = fmt.Fprintf(m.out, "%d processes of verify: %.0f attempts/s; CPU of 1,000 attempts: %.2f s in verify, %.2f s in the bus; one is %d bytes on it and %d in a commit\n",
			n, f.perSecond, f.workers, f.bus, f.message, f.commit)
	}
	alone, joined, err := m.drained(ctx)
	if err != nil {
		return fmt.Errorf("measure scaling out: %w", err)
	}
	_, _ = fmt.Fprintf(m.out, "a backlog of %d: half by 1 process at %.0f attempts/s, then by 4 at %.0f\n", m.attempts, alone, joined)
	return nil
}

// A course is a bus and a store with challenged users, and the processes that work.
type course struct {
	measurement
	at      place.Spec
	bus     *rig.Bus
	users   []crowd.User
	workers []*rig.Process
	freed   []func() error // of the workers' shares
}

// begin leaves everybody challenged and n processes ready.
func (m measurement) begin(ctx context.Context, n int) (c *course, err error) {
	dir, err := os.MkdirTemp(m.dir, "course-")
	if err != nil {
		return nil, err
	}
	c = &course{measurement: m, users: crowd.New(m.attempts), at: place.Spec{Kind: place.SQLite, At: dir}}
	if m.mongo != "" {
		c.at = place.Spec{Kind: place.MongoDB, At: m.mongo, Name: "scale_" + strings.ToLower(rand.Text()[:12])}
	}
	if c.bus, err = rig.Start(ctx, filepath.Join(dir, "nats")); err != nil {
		return nil, err
	}
	o := ours.Contender()
	for _, step := range []func() error{
		func() error { return o.Seed(ctx, c.at, c.users) },
		func() error { return o.Listen(ctx, c.bus) },
		func() error { return c.add(ctx, n) },
		func() error { return o.Challenge(ctx, c.bus, c.users) },
		func() error { return c.bound(c.workers) },
	} {
		if err := step(); err != nil {
			return nil, errors.Join(err, c.end(context.WithoutCancel(ctx)))
		}
	}
	return c, nil
}

func (c *course) add(ctx context.Context, n int) error {
	ground, err := json.Marshal(contender.Ground{Bus: c.bus.URL(), At: c.at})
	if err != nil {
		return err
	}
	for range n {
		w, err := rig.Launch(ctx, nil, []string{envGround + "=" + string(ground)})
		if err != nil {
			return err
		}
		c.workers = append(c.workers, w)
	}
	return nil
}

func (c *course) bound(workers []*rig.Process) error {
	for _, w := range workers {
		free, err := c.share.hold(w.PID())
		if err != nil {
			return err
		}
		c.freed = append(c.freed, free)
	}
	return nil
}

// join adds n processes to those that work.
func (c *course) join(ctx context.Context, n int) error {
	had := len(c.workers)
	if err := c.add(ctx, n); err != nil {
		return err
	}
	return c.bound(c.workers[had:])
}

// fill has all attempts wait before anybody handles the first. It returns how many answers there were before.
func (c *course) fill(ctx context.Context) (said uint64, err error) {
	if said, err = c.bus.Said(ctx); err != nil {
		return 0, err
	}
	for _, w := range c.workers {
		err = errors.Join(err, w.Hold())
	}
	if err == nil {
		err = c.bus.Publish(ctx, c.users, crowd.User.Attempt)
	}
	for _, w := range c.workers {
		err = errors.Join(err, w.Release())
	}
	return said, err
}

// end stops everything and leaves nothing behind.
func (c *course) end(ctx context.Context) (err error) {
	for _, w := range c.workers {
		err = errors.Join(err, w.Stop())
	}
	for _, free := range c.freed {
		err = errors.Join(err, free())
	}
	c.bus.Stop()
	return errors.Join(err, place.Drop(ctx, c.at))
}

// A figure is what so many processes came to.
type figure struct {
	perSecond    float64
	workers, bus float64 // seconds of CPU for 1,000 attempts; the bus's with those of whoever measures
	message      int     // bytes of an attempt.accepted on the bus
	commit       int     // bytes of its commit
}

func (m measurement) flood(ctx context.Context, processes int) (f figure, err error) {
	c, err := m.begin(ctx, processes)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, c.end(context.WithoutCancel(ctx))) }()
	workers, err := c.used()
	if err != nil {
		return f, err
	}
	said, err := c.fill(ctx)
	if err != nil {
		return f, err
	}
	mine, err := rig.Used()
	if err != nil {
		return f, err
	}
	begun := time.Now()
	if err := c.bus.Await(ctx, said+uint64(m.attempts)); err != nil {
		return f, err
	}
	took := time.Since(begun)
	now, err := rig.Used()
	if err != nil {
		return f, err
	}
	after, err := c.used()
	if err != nil {
		return f, err
	}
	n := float64(m.attempts)
	f = figure{perSecond: n / took.Seconds(), workers: (after - workers).Seconds() / n * 1000, bus: (now.CPU - mine.CPU).Seconds() / n * 1000}
	if err := c.bus.Verify(ctx, c.users); err != nil {
		return f, err
	}
	return c.sized(ctx, f)
}

// sized adds what one accepted attempt leaves behind.
func (c *course) sized(ctx context.Context, f figure) (figure, error) {
	m, err := c.bus.First(ctx)
	if err != nil {
		return f, err
	}
	f.message = len(m.Subject()) + len(m.Data())
	for name, values := range m.Headers() {
		f.message += len(name) + len(values[0]) + len(": \r\n")
	}
	f.commit, err = ours.CommitSize(ctx, c.at, c.users[0])
	return f, err
}

// used is the CPU of all workers so far.
func (c *course) used() (sum time.Duration, err error) {
	for _, w := range c.workers {
		u, err := w.Usage("")
		if err != nil {
			return 0, err
		}
		sum += u.CPU
	}
	return sum, nil
}

// drained has one process work off half of a backlog, and four the rest.
func (m measurement) drained(ctx context.Context) (alone, joined float64, err error) {
	c, err := m.begin(ctx, 1)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, c.end(context.WithoutCancel(ctx))) }()
	said, err := c.fill(ctx)
	if err != nil {
		return 0, 0, err
	}
	half, begun := uint64(m.attempts/2), time.Now()
	if err := c.reach(ctx, said+half); err != nil {
		return 0, 0, err
	}
	alone = float64(half) / time.Since(begun).Seconds()
	if err := c.join(ctx, 3); err != nil {
		return 0, 0, err
	}
	before, err := c.bus.Said(ctx)
	if err != nil {
		return 0, 0, err
	}
	begun = time.Now()
	if err := c.bus.Await(ctx, said+uint64(m.attempts)); err != nil {
		return 0, 0, err
	}
	joined = float64(said+uint64(m.attempts)-before) / time.Since(begun).Seconds()
	return alone, joined, c.bus.Verify(ctx, c.users)
}

// reach returns when so much has been said, whatever waits.
func (c *course) reach(ctx context.Context, count uint64) error {
	for tick := time.NewTicker(5 * time.Millisecond); ; {
		now, err := c.bus.Said(ctx)
		if err != nil || now >= count {
			tick.Stop()
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			tick.Stop()
			return ctx.Err()
		}
	}
}
