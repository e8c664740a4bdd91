package notifier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"countersign/pkg/events/notification"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/services/notifier/internal/channel"
	"countersign/services/notifier/internal/decide"
)

const keepAgain = 100 * time.Millisecond // after the store or the bus did not take an outcome

var errEarly = errors.New("another worker may be calling the provider, or the time has not come")

// deliver brings one notification one try further: the intent is kept, then the provider is called, then the outcome is kept.
func (s *shell) deliver(ctx context.Context, r decider.Request, due decide.Due) error {
	calling, cancel := context.WithTimeout(ctx, s.tries.Calling())
	defer cancel()
	begun := s.now(r)
	m, err := s.compose(calling, r, due.Requested, begun)
	if err != nil {
		return err
	}
	due.Stands, due.Provider = m.stands, s.channels[due.Channel].Name()
	try, err := s.begin(calling, r, due, begun)
	if err != nil || try == 0 {
		return err
	}
	receipt, err := s.channels[due.Channel].Send(calling, m.notification(due.Requested, s.now(r)))
	return s.end(ctx, r, due.Requested, s.outcome(ctx, due.Requested, try, receipt, err))
}

// now is not before the bus stored the message: a timer is due by the bus's clock, even if this machine's is behind.
func (s *shell) now(r decider.Request) time.Time {
	if now := s.Now(); now.After(r.At) {
		return now
	}
	return r.At
}

// begin keeps the intent, of which the store lets only one stand: of two workers that hold the same message, one begins. Its cause is this
// one delivery, because a try that was cut off begins anew with the same message.
func (s *shell) begin(ctx context.Context, r decider.Request, due decide.Due, begun time.Time) (try int, err error) {
	this := fmt.Sprintf("begin/%d/%d/%d", r.Sequence, r.Deliveries, begun.UnixNano())
	err = s.keep(ctx, r, due.NotificationID, this, begun, func(l eventstore.Loaded[notification.State], now time.Time) (decide.Decision, error) {
		d := decide.Begin(l.State, due, s.tries, now)
		try = 0
		if !d.Wait.IsZero() {
			return d, bus.RetryAfter(d.Wait.Sub(now), errEarly)
		}
		if d.Call {
			try = l.State.Try + 1
		}
		return d, nil
	})
	return try, err
}

// end keeps the outcome in a time of its own: the call may have used up the message's, or the worker is being stopped. What is not kept is
// sent once more.
func (s *shell) end(ctx context.Context, r decider.Request, n notification.Requested, e decide.Ended) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.tries.Keeping())
	defer cancel()
	for i := 1; ; i++ {
		this := fmt.Sprintf("end/%d/%d", e.Try, i)
		err := s.keep(ctx, r, n.NotificationID, this, s.now(r), func(l eventstore.Loaded[notification.State], now time.Time) (decide.Decision, error) {
			return decide.End(l.State, r.User, e, s.tries, now), nil
		})
		if err == nil {
			return nil
		}
		select {
		case <-time.After(keepAgain):
		case <-ctx.Done():
			return err
		}
	}
}

// keep commits a decision about a notification under a cause of its own.
func (s *shell) keep(ctx context.Context, r decider.Request, id, cause string, at time.Time,
	decided func(eventstore.Loaded[notification.State], time.Time) (decide.Decision, error)) error {
	q := s.Outbox.Question(r.Platform, r.User, id+"/"+cause, at)
	return s.notifications.Handle(ctx, q, streamOf(r, id), func(_ context.Context, l eventstore.Loaded[notification.State], now time.Time) (decider.Decision, error) {
		made, err := decided(l, now)
		d := decider.Decision{Events: made.Events, Policy: s.PolicyHash(r.Platform)}
		for _, t := range made.Timers {
			d.Timers = append(d.Timers, decider.Timer{Event: t.Event, At: t.At})
		}
		return d, err
	})
}

// outcome also tells operators of a failure, in words that hold neither address nor code.
func (s *shell) outcome(ctx context.Context, n notification.Requested, try int, receipt channel.Receipt, err error) decide.Ended {
	e := decide.Ended{Try: try, ProviderRef: receipt.ProviderID}
	if err == nil {
		return e
	}
	level := slog.LevelWarn
	e.Reason = notification.UnknownOutcome
	if f, ok := errors.AsType[*channel.Failure](err); ok {
		e.Reason, e.Temporary = notification.Reason(f.Reason), f.Temporary
		if f.Operator {
			level = slog.LevelError
		}
	}
	s.Logger.Log(ctx, level, "provider did not take a notification", "notification_id", n.NotificationID, "channel", n.Channel,
		"provider", s.channels[n.Channel].Name(), "try", try, "error", err)
	return e
}
