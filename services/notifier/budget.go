package notifier

import (
	"context"
	"sync"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/services/notifier/internal/budget"
	"countersign/services/notifier/internal/budget/mongocounters"
	"countersign/services/notifier/internal/budget/sqlitecounters"
	"countersign/services/notifier/internal/decide"
)

// Counters are what budgets go by; all replicas share them.
type Counters = budget.Counters

// CountersInMongoDB are in the collection counters of a database that may hold others. Whoever opens them closes them.
func CountersInMongoDB(ctx context.Context, uri events.Secret, database string) (Counters, error) {
	c, err := mongocounters.Open(ctx, mongocounters.Config{URI: uri.Reveal(), Database: database})
	if err != nil {
		return nil, err
	}
	return budget.Together(c), nil
}

// CountersInFile are in a SQLite file, for one machine. Whoever opens them closes them.
func CountersInFile(ctx context.Context, path string) (Counters, error) {
	c, err := sqlitecounters.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	return budget.Together(c), nil
}

// A held message is counted, and given back unless it goes out.
type held struct {
	budget.Taken
	asked  bool
	needed bool // the try that was looked at last has to be counted
	out    bool // its intent is kept, or may be: whoever finds it takes it for counted
	inHand bool
}

// hands are the texts that are being counted here: a message that comes twice at once is not to be counted twice, not even for a moment.
type hands struct {
	mu   sync.Mutex
	held map[string]bool // by stream
}

func (h *hands) take(stream eventstore.Stream) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held[stream.String()] {
		return false
	}
	if h.held == nil {
		h.held = map[string]bool{}
	}
	h.held[stream.String()] = true
	return true
}

func (h *hands) drop(stream eventstore.Stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.held, stream.String())
}

const inOtherHands = time.Second // until then whoever counts the same text has got on with it

// count takes a try that has to be counted from its budgets, once for a delivery, however often it looks at the stream.
func (s *shell) count(ctx context.Context, r decider.Request, due decide.Due, m message, seen notification.State, now time.Time, h *held) (e budget.Evidence, err error) {
	p, _ := s.Policies(r.Platform)
	h.needed = decide.Counts(seen, due, s.bounds(p), now)
	switch {
	case !h.needed:
		return e, nil
	case h.asked:
		return h.Evidence, nil
	case due.Channel == notification.SMS && !s.hands.take(streamOf(r, due.NotificationID)):
		return e, bus.RetryAfter(inOtherHands, errEarly)
	}
	h.inHand = due.Channel == notification.SMS
	h.Taken, err = s.till.Take(ctx, budget.Message{
		Platform: r.Platform, UserKey: r.UserKey, Channel: due.Channel, Template: due.Template, To: m.to,
	}, p, now)
	h.asked = err == nil
	return h.Evidence, err
}

// release gives back what did not go out, in a time of its own: the message's may be over. What stays counted is free with the hour.
func (s *shell) release(ctx context.Context, r decider.Request, due decide.Due, h *held) {
	if h.inHand {
		defer s.hands.drop(streamOf(r, due.NotificationID))
	}
	if h.out {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.pace.Keeping())
	defer cancel()
	if err := s.till.Return(ctx, h.Taken); err != nil {
		s.Logger.WarnContext(ctx, "a message that was not sent stays counted", "notification_id", due.NotificationID, "error", err)
	}
}
