package bus

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// MaxClockOffset is how far a worker's clock may be from the bus's.
const MaxClockOffset = 5 * time.Second

const (
	clockEvery = 5 * time.Second // how often the bus is asked for its time
	clockWait  = 2 * time.Second // how long for
	clockExact = time.Second     // an answer that says less replaces none
)

// ErrClock says that this machine's clock, or the bus's, is wrong.
var ErrClock = errors.New("clock differs from the bus's")

// clock knows which durable to ask: a worker may read the state of its own ones, and the answer tells the bus's time.
type clock struct {
	machine func() time.Time
	of      atomic.Pointer[Consumer]
	read    atomic.Pointer[reading]
}

// A reading is what the bus's clock showed, give or take exact, when it was read.
type reading struct {
	bus   time.Time
	exact time.Duration
	at    time.Time // of what this machine counts, which nobody sets: that shows how much has passed since
}

// now is this machine's time unless that is surely wrong.
func (c *clock) now() time.Time {
	now, last := c.machine(), c.read.Load()
	if last == nil {
		return now
	}
	bus := last.bus.Add(time.Since(last.at))
	if wrong(now.Sub(bus), last.exact) {
		return bus
	}
	return now
}

func (c *clock) keep(r reading) {
	if last := c.read.Load(); !r.bus.IsZero() && (last == nil || r.exact <= max(clockExact, last.exact)) {
		c.read.Store(&r)
	}
}

// Now is this machine's time while its clock is less than MaxClockOffset off the bus's, or not surely more, and else the bus's: what is decided by a
// clock that is wrong would be lost, or kept as of a time that has not come. A clock that is set while the worker runs is found out at once.
func (r *Router) Now() time.Time { return r.clock.now() }

// FollowClock reads the bus's clock every five seconds until ctx ends, and tells operators of their machine's.
func (r *Router) FollowClock(ctx context.Context) error {
	tick := time.NewTicker(clockEvery)
	defer tick.Stop()
	told := false
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		asking, cancel := context.WithTimeout(ctx, clockWait)
		err := r.CheckClock(asking)
		cancel()
		off := errors.Is(err, ErrClock)
		if off && !told {
			r.conf.Logger.WarnContext(ctx, "this machine's clock is wrong: the bus's time counts", "error", err)
		}
		told = off
	}
}

// ClockOffset is this machine's clock minus the bus's, exact to half of the round trip that it also returns. It asks the
// bus, so that an idle worker learns it as well.
func (r *Router) ClockOffset(ctx context.Context) (offset, exact time.Duration, err error) {
	c := r.clock.of.Load()
	if c == nil {
		return 0, 0, errors.New("read the bus's clock: the router is not running")
	}
	asked, begun := r.clock.machine(), time.Now()
	info, err := r.subscriber.js.Consumer(ctx, c.Stream, c.Durable)
	if err != nil {
		return 0, 0, fmt.Errorf("read the bus's clock: %w", err)
	}
	exact = time.Since(begun) / 2
	bus := info.CachedInfo().TimeStamp
	r.clock.keep(reading{bus: bus, exact: exact, at: begun.Add(exact)})
	return offsetFrom(asked, exact, bus), exact, nil
}

func offsetFrom(asked time.Time, half time.Duration, bus time.Time) time.Duration {
	return asked.Add(half).Round(0).Sub(bus)
}

// CheckClock is a readiness check: nil while the clocks are surely less than MaxClockOffset apart, or not surely more.
func (r *Router) CheckClock(ctx context.Context) error {
	offset, exact, err := r.ClockOffset(ctx)
	if err != nil {
		return err
	}
	return judgeClock(offset, exact)
}

func wrong(offset, exact time.Duration) bool { return offset.Abs()-exact >= MaxClockOffset }

func judgeClock(offset, exact time.Duration) error {
	if wrong(offset, exact) {
		return fmt.Errorf("%w by %s: at most %s; correct the time of this machine or of the bus", ErrClock, offset.Round(time.Millisecond), MaxClockOffset)
	}
	return nil
}
