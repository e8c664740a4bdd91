package workertest

import (
	"sync/atomic"
	"time"
)

// A Clock is a machine's, which the workers correct by the bus's own. The one of a House is none: it is the time that has passed for all its workers,
// though not for the bus, whose clock nobody can set.
type Clock struct{ ahead atomic.Int64 }

// Now is the time by it.
func (c *Clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// Ahead sets how far it is ahead of the bus's.
func (c *Clock) Ahead(d time.Duration) { c.ahead.Store(int64(d)) }
