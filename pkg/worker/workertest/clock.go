package workertest

import (
	"sync/atomic"
	"time"
)

// A Clock is the clock of the machines that workers run on. The bus has its own.
type Clock struct{ ahead atomic.Int64 }

// Now is the time by it.
func (c *Clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// Ahead sets how far it is ahead of the bus's.
func (c *Clock) Ahead(d time.Duration) { c.ahead.Store(int64(d)) }
