package decide

import (
	"hash/fnv"
	"strconv"
	"time"
)

// wait is how long after the nth try the next one comes. The jitter follows from the notification, so that the decision can be replayed.
func (p Pace) wait(notification string, try int) time.Duration {
	d := p.Backoff << (2 * (max(try, 1) - 1))
	return d + time.Duration(p.Jitter*part(notification, try)*float64(d))
}

// part is at least 0 and below 1.
func part(notification string, try int) float64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(notification + "/" + strconv.Itoa(try)))
	return float64(h.Sum32()) / (1 << 32)
}
