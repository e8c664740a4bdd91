package bus

import (
	"encoding/json"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	requestLife  = 30 * time.Second // of one pull request
	refusedPause = 250 * time.Millisecond
)

// flow counts what was asked for and what is held, so that both together stay within prefetch: full lanes stop pulling.
type flow struct {
	prefetch  int
	heartbeat time.Duration

	mu       sync.Mutex
	requests []request // that the bus has not met yet, oldest first
	held     int       // in lanes
	heard    time.Time // of any sign from the bus
	pause    time.Time // not before: the bus refused
	told     string    // last refusal that was logged
	lines    uint64    // how often the connection was made anew
}

// A request is what the bus still owes of one.
type request struct {
	left  int
	until time.Time // later it is lost: the bus would have said that it is over
}

type pullRequest struct {
	Batch     int           `json:"batch"`
	Expires   time.Duration `json:"expires"`
	Heartbeat time.Duration `json:"idle_heartbeat"`
}

// next returns the request to send now. Few large ones: a full lane that moves one message at a time must not cost a request
// each; patient is false at every heartbeat, so that little room is used as well.
func (f *flow) next(now time.Time, patient bool) ([]byte, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forget(now)
	asked := f.asked()
	room := f.prefetch - f.held - asked
	if room <= 0 || now.Before(f.pause) || patient && !f.worth(room, asked) {
		return nil, false
	}
	f.requests = append(f.requests, request{room, now.Add(requestLife + 2*f.heartbeat)})
	f.heard = now
	request, err := json.Marshal(pullRequest{Batch: room, Expires: requestLife, Heartbeat: f.heartbeat})
	return request, err == nil
}

// over forgets what the bus owed over a connection that is gone. Silence would tell as well, but what small requests bring is no silence: under a
// backlog a lost request of many would be waited for as long as it lasts.
func (f *flow) over(lines uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if lines != f.lines {
		f.lines, f.requests = lines, nil
	}
}

// forget takes off what is lost: the bus restarted, or its leader moved. It is silent then, unless it answers other requests.
func (f *flow) forget(now time.Time) {
	silent := now.Sub(f.heard) > 2*f.heartbeat
	f.requests = slices.DeleteFunc(f.requests, func(r request) bool { return silent || now.After(r.until) })
}

func (f *flow) asked() (sum int) {
	for _, r := range f.requests {
		sum += r.left
	}
	return sum
}

// met takes n off what the bus owes. To which request a message belongs it does not say: the oldest will do.
func (f *flow) met(n int) {
	for n > 0 && len(f.requests) > 0 {
		off := min(n, f.requests[0].left)
		f.requests[0].left -= off
		n -= off
		if f.requests[0].left == 0 {
			f.requests = f.requests[1:]
		}
	}
}

func (f *flow) worth(room, asked int) bool {
	if asked == 0 {
		return room >= f.prefetch/10
	}
	return asked < f.prefetch/2 && room >= f.prefetch/4
}

func (f *flow) received() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.heard = time.Now()
	f.met(1)
	f.held++
}

func (f *flow) released() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held--
}

// control reads the bus's word about a request: a heartbeat, its end, or a refusal.
func (f *flow) control(m *nats.Msg, log *slog.Logger, durable string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.heard = time.Now()
	switch status := m.Header.Get("Status"); status {
	case "100":
	case "404", "408":
		f.owe(m)
	default: // the consumer is gone, moved or full, or nobody serves it
		f.owe(m)
		f.pause = f.heard.Add(refusedPause)
		if why := status + " " + m.Header.Get("Description"); why != f.told {
			f.told = why
			log.Warn("the bus refuses to deliver", "durable", durable, "why", why)
		}
	}
}

// owe takes off what the ended request leaves undelivered; without a number all is off.
func (f *flow) owe(m *nats.Msg) {
	left, err := strconv.Atoi(m.Header.Get("Nats-Pending-Messages"))
	if err != nil || left < 0 {
		left = f.asked()
	}
	f.met(left)
}
