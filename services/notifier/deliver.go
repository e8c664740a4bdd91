package notifier

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"countersign/pkg/events/notification"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/services/notifier/internal/channel"
	"countersign/services/notifier/internal/decide"
)

// A try ends before decide.Policy.Call, after which it counts as cut off.
const (
	sendLimit   = 18 * time.Second
	handleLimit = 28 * time.Second
)

var errBusy = errors.New("another worker may be calling the provider")

// deliver brings one notification one try further: the intent is kept, then the provider is called, then the outcome is kept.
func (s *shell) deliver(ctx context.Context, r decider.Request, n notification.Requested) error {
	m, err := s.compose(ctx, r, n)
	if err != nil {
		return err
	}
	try, err := s.begin(ctx, r, n, m)
	if err != nil || try == 0 {
		return err
	}
	receipt, err := s.send(ctx, n, m)
	return s.end(ctx, r, n, outcome(try, receipt, err))
}

// send leaves time to keep the outcome.
func (s *shell) send(ctx context.Context, n notification.Requested, m message) (channel.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	return s.channels[n.Channel].Send(ctx, m.notification(n, time.Now()))
}

// begin keeps the intent. Its cause is this one delivery: of two workers that hold the same message, the store lets only one begin.
func (s *shell) begin(ctx context.Context, r decider.Request, n notification.Requested, m message) (try int, err error) {
	this := fmt.Sprintf("%s/begin/%d/%d/%d", n.NotificationID, r.Sequence, r.Deliveries, time.Now().UnixNano())
	err = s.keep(ctx, r, n, this, func(l eventstore.Loaded[notification.State], now time.Time) (decide.Decision, error) {
		d := decide.Begin(l.State, decide.Due{Requested: n, Provider: s.channels[n.Channel].Name(), Stands: m.stands}, decide.Defaults(), later(now, time.Now()))
		try = 0
		if d.Busy {
			return d, bus.RetryAfter(time.Second, errBusy)
		}
		if d.Call {
			try = l.State.Try + 1
		}
		return d, nil
	})
	return try, err
}

func (s *shell) end(ctx context.Context, r decider.Request, n notification.Requested, e decide.Ended) error {
	this := n.NotificationID + "/end/" + strconv.Itoa(e.Try)
	return s.keep(ctx, r, n, this, func(l eventstore.Loaded[notification.State], now time.Time) (decide.Decision, error) {
		return decide.End(l.State, r.User, e, decide.Defaults(), later(now, time.Now())), nil
	})
}

// keep commits a decision about n under a cause of its own.
func (s *shell) keep(ctx context.Context, r decider.Request, n notification.Requested, cause string,
	decided func(eventstore.Loaded[notification.State], time.Time) (decide.Decision, error)) error {
	q := s.Outbox.Question(r.Platform, r.User, cause, time.Now())
	return s.notifications.Handle(ctx, q, streamOf(r, n.NotificationID), func(_ context.Context, l eventstore.Loaded[notification.State], now time.Time) (decider.Decision, error) {
		made, err := decided(l, now)
		d := decider.Decision{Events: made.Events}
		for _, t := range made.Timers {
			d.Timers = append(d.Timers, decider.Timer{Event: t.Event, At: t.At})
		}
		return d, err
	})
}

func outcome(try int, receipt channel.Receipt, err error) decide.Ended {
	e := decide.Ended{Try: try, ProviderRef: receipt.ProviderID}
	var f *channel.Failure
	switch {
	case err == nil:
	case errors.As(err, &f):
		e.Reason, e.Temporary = notification.Reason(f.Reason), f.Temporary
	default:
		e.Reason = notification.UnknownOutcome
	}
	return e
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
