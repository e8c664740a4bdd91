package bus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// MaxClockOffset is how far a worker's clock may be from the bus's.
const MaxClockOffset = 5 * time.Second

// ErrClock says that this machine's clock, or the bus's, is wrong.
var ErrClock = errors.New("clock differs from the bus's")

// clock knows which durable to ask: a worker may read the state of its own ones, and the answer tells the bus's time.
type clock struct {
	mu sync.Mutex
	of Consumer
}

func (c *clock) set(of Consumer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.of = of
}

func (c *clock) get() Consumer {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.of
}

// ClockOffset is this machine's clock minus the bus's, exact to half of the round trip that it also returns. It asks the
// bus, so that an idle worker learns it as well.
func (r *Router) ClockOffset(ctx context.Context) (offset, exact time.Duration, err error) {
	c := r.clock.get()
	if c.Durable == "" {
		return 0, 0, errors.New("read the bus's clock: the router is not running")
	}
	asked := time.Now()
	info, err := r.subscriber.js.Consumer(ctx, c.Stream, c.Durable)
	if err != nil {
		return 0, 0, fmt.Errorf("read the bus's clock: %w", err)
	}
	exact = time.Since(asked) / 2
	return offsetFrom(asked, exact, info.CachedInfo().TimeStamp), exact, nil
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

func judgeClock(offset, exact time.Duration) error {
	if offset.Abs()-exact >= MaxClockOffset {
		return fmt.Errorf("%w by %s: at most %s; correct the time of this machine or of the bus", ErrClock, offset.Round(time.Millisecond), MaxClockOffset)
	}
	return nil
}
