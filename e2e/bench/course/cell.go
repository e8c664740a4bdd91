// Package course runs the rows of the table one after the other, each on a bus and a store of its own, round after round.
package course

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"countersign/e2e/bench/contender"
	"countersign/e2e/bench/crowd"
	"countersign/e2e/bench/ours"
	"countersign/e2e/bench/place"
	"countersign/e2e/bench/rig"
)

// A Figure is what one row came to in one round.
type Figure struct {
	PerSecond float64 `json:"attempts_per_second"` // from the first delivery to the last result and acknowledgement
	P50       float64 `json:"p50_ms"`              // from publish to result, at a tenth of PerSecond
	P99       float64 `json:"p99_ms"`
	CPU       float64 `json:"cpu_seconds_per_1000"` // of the worker's process
	BusCPU    float64 `json:"bus_cpu_seconds_per_1000"`
	Allocs    float64 `json:"allocs_per_attempt"` // objects, in the worker's process
	Bytes     float64 `json:"bytes_per_attempt"`  // allocated there
	Memory    float64 `json:"memory_mib"`         // most that was resident there at any time
}

// A cell is one row in one round.
type cell struct {
	conf   Config
	who    contender.Contender
	at     place.Spec
	dir    string
	sample contender.Sample
	keep   func(contender.Sample) // takes the sample of ours

	bus    *rig.Bus
	worker *rig.Process
	load   []crowd.User // whose attempts come all at once
	timed  []crowd.User // whose attempts come one by one
}

func (c *cell) measure(ctx context.Context) (f Figure, err error) {
	defer func() { err = errors.Join(err, c.close()) }()
	if err := c.prepare(ctx); err != nil {
		return f, err
	}
	if f, err = c.flood(ctx); err != nil {
		return f, err
	}
	if err := c.trickle(ctx, &f); err != nil {
		return f, err
	}
	return f, c.verify(ctx)
}

// prepare leaves everybody challenged and the worker running.
func (c *cell) prepare(ctx context.Context) (err error) {
	if c.bus, err = rig.Start(ctx, filepath.Join(c.dir, "nats")); err != nil {
		return err
	}
	users := crowd.New(c.conf.Attempts[c.who.Name] + c.conf.Timed)
	if err := c.who.Seed(ctx, c.at, users); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	c.timed, c.load = users[:c.conf.Timed], users[c.conf.Timed:]
	if err := c.who.Listen(ctx, c.bus); err != nil {
		return err
	}
	if c.worker, err = c.launch(ctx); err != nil {
		return err
	}
	if c.who.Challenge == nil {
		return nil
	}
	if err := c.who.Challenge(ctx, c.bus, users); err != nil {
		return err
	}
	if !c.conf.Settled {
		return nil
	}
	return settle(ctx)
}

// resting is longer than a store takes to begin to put away what was written.
const resting = 1500 * time.Millisecond

// settle has what logins left behind put away: it would be written beside the attempts.
func settle(ctx context.Context) error {
	select {
	case <-time.After(resting):
	case <-ctx.Done():
		return ctx.Err()
	}
	syscall.Sync()
	return nil
}

func (c *cell) launch(ctx context.Context) (*rig.Process, error) {
	ground, err := json.Marshal(contender.Ground{Bus: c.bus.URL(), At: c.at, Sample: c.sample})
	if err != nil {
		return nil, err
	}
	return rig.Launch(ctx, nil, []string{envRow + "=" + c.who.Name, envGround + "=" + string(ground)})
}

// flood has all attempts wait on the bus before the worker, which is held meanwhile, handles the first: whoever publishes them takes
// nothing from it.
func (c *cell) flood(ctx context.Context) (f Figure, err error) {
	said, err := c.bus.Said(ctx)
	if err != nil {
		return f, err
	}
	before, err := c.worker.Usage(c.profiles())
	if err != nil {
		return f, err
	}
	if err := c.worker.Hold(); err != nil {
		return f, err
	}
	if err := c.bus.Publish(ctx, c.load, crowd.User.Attempt); err != nil {
		return f, err
	}
	mine, err := rig.Used()
	if err != nil {
		return f, err
	}
	begun := time.Now()
	if err := c.worker.Release(); err != nil {
		return f, err
	}
	if err := c.bus.Await(ctx, said+uint64(len(c.load))); err != nil {
		return f, err
	}
	took := time.Since(begun)
	now, err := rig.Used()
	if err != nil {
		return f, err
	}
	after, err := c.worker.Usage("")
	n := float64(len(c.load))
	return Figure{
		PerSecond: n / took.Seconds(), CPU: (after.CPU - before.CPU).Seconds() / n * 1000, BusCPU: (now.CPU - mine.CPU).Seconds() / n * 1000,
		Allocs: float64(after.Allocs-before.Allocs) / n, Bytes: float64(after.Bytes-before.Bytes) / n,
	}, err
}

// profiles is where the worker profiles itself during the flood.
func (c *cell) profiles() string {
	if c.conf.Profiles == "" {
		return ""
	}
	return filepath.Join(c.conf.Profiles, c.at.Kind+"-"+c.who.Name)
}

// tenth is the part of the load at which latency is measured.
const tenth = 10

func (c *cell) trickle(ctx context.Context, f *Figure) error {
	syscall.Sync() // what the flood left to the disk would be written beside the first attempts
	defer uncollected()()
	rate := f.PerSecond / tenth
	n := max(1, min(len(c.timed), int(rate*c.conf.Trickle.Seconds())))
	c.timed = c.timed[:n]
	t, err := c.bus.Time(ctx, c.timed, rate)
	if err != nil {
		return err
	}
	f.P50, f.P99 = milliseconds(t.P50), milliseconds(t.P99)
	used, err := c.worker.Usage("")
	f.Memory = float64(used.Memory) / (1 << 20)
	return err
}

// uncollected has this process collect its memory at once, and then not again until end: it has the bus in it, and each collection would take a core
// from the worker for ten milliseconds.
func uncollected() (end func()) {
	runtime.GC()
	percent := debug.SetGCPercent(-1)
	return func() { debug.SetGCPercent(percent) }
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// verify is the same for every row: one result of each attempt, and what the store says of it.
func (c *cell) verify(ctx context.Context) error {
	all := append(c.load, c.timed...)
	if err := c.bus.Verify(ctx, all); err != nil {
		return err
	}
	if err := c.takeSample(ctx); err != nil {
		return err
	}
	if err := c.worker.Stop(); err != nil {
		return err
	}
	return c.who.Check(ctx, c.at, all)
}

func (c *cell) takeSample(ctx context.Context) error {
	if c.who.Name != ours.Name {
		return nil
	}
	first, err := c.bus.First(ctx)
	if err != nil {
		return err
	}
	bytes, err := ours.CommitSize(ctx, c.at, c.load[0])
	c.keep(contender.Sample{Header: first.Headers(), Body: first.Data(), Commit: bytes})
	return err
}

func (c *cell) close() error {
	err := c.worker.Stop()
	if c.bus != nil {
		c.bus.Stop()
	}
	return err
}
