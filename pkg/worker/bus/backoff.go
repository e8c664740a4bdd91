package bus

import (
	"math/rand/v2"
	"time"
)

const firstBackoff = 50 * time.Millisecond

// backoff is the wait before the delivery after the nth: 50 ms, doubling to MaxRetry, of which the upper half is left to
// chance, so that what failed together does not come back together.
func backoff(n uint64) time.Duration {
	d := MaxRetry
	if n < 6 {
		d = min(MaxRetry, 2*firstBackoff<<max(n, 1)>>1)
	}
	return d/2 + rand.N(d/2)
}
