package bus

import (
	"encoding/json"
	"log/slog"
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

	mu    sync.Mutex
	asked int       // still owed by the bus
	held  int       // in lanes
	heard time.Time // of any sign from the bus
	pause time.Time // not before: the bus refused
	told  string    // last refusal that was logged
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
	if f.asked > 0 && now.Sub(f.heard) > 2*f.heartbeat {
		f.asked = 0 // the request is lost: the bus restarted, or its leader moved
	}
	room := f.prefetch - f.held - f.asked
	if room <= 0 || now.Before(f.pause) || patient && !f.worth(room) {
		return nil, false
	}
	f.asked += room
	f.heard = now
	request, err := json.Marshal(pullRequest{Batch: room, Expires: requestLife, Heartbeat: f.heartbeat})
	return request, err == nil
}

func (f *flow) worth(room int) bool {
	if f.asked == 0 {
		return room >= f.prefetch/10
	}
	return f.asked < f.prefetch/2 && room >= f.prefetch/4
}

func (f *flow) received() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.heard = time.Now()
	f.asked = max(0, f.asked-1)
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
		left = f.asked
	}
	f.asked = max(0, f.asked-left)
}
