package bus

import (
	"encoding/json"
	"testing"
	"time"
)

func TestARequestThatIsLostWithItsConnectionIsMadeAgainUnderABacklog(t *testing.T) {
	now := time.Now()
	f := flow{prefetch: 500, heartbeat: time.Second}
	asks(t, &f, now, 500)
	for range 10 { // two messages come and go, and two are asked for: the bus is never silent
		for range 2 {
			f.received()
			f.released()
		}
		f.over(0)
		asks(t, &f, now, 2)
	}
	f.received()
	f.released()
	f.over(1)
	asks(t, &f, now, 500)
}

// As when the consumer's leader moves: the connection stays.
func TestARequestThatTheBusForgotIsMadeAgainUnderABacklog(t *testing.T) {
	now := time.Now()
	f := flow{prefetch: 500, heartbeat: time.Second}
	asks(t, &f, now, 500)
	for end := now.Add(requestLife); now.Before(end); now = now.Add(time.Second) {
		f.received()
		f.released()
		f.heard = now
		asks(t, &f, now, 1)
	}
	left, _ := json.Marshal(f.asked())
	now = now.Add(2*time.Second + time.Millisecond)
	f.heard = now
	if text, ok := f.next(now, false); !ok || f.asked() != 500 {
		t.Fatalf("asked for %s, owed %d after %s, want room for 500", text, f.asked(), left)
	}
	if len(f.requests) > int(requestLife/time.Second)+3 {
		t.Errorf("%d requests are remembered", len(f.requests))
	}
}

func asks(t *testing.T, f *flow, now time.Time, want int) {
	t.Helper()
	text, ok := f.next(now, false)
	var got pullRequest
	if err := json.Unmarshal(text, &got); !ok || err != nil || got.Batch != want {
		t.Fatalf("asked for %d (%v, %v), want %d", got.Batch, ok, err, want)
	}
}
