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
	"countersign/pkg/worker/failpoint"
	"countersign/pkg/worker/policy"
	"countersign/services/notifier/internal/budget"
	"countersign/services/notifier/internal/channel"
	"countersign/services/notifier/internal/decide"
)

const keepAgain = 100 * time.Millisecond // after the store or the bus did not take an outcome

var errEarly = errors.New("another worker may be calling the provider, or the time has not come")

// deliver brings one notification one try further: the intent is kept, then the provider is called, then the outcome is kept. It begins with
// what it has seen of the notification, which for a new one is nothing, and looks again where the stream says otherwise.
func (s *shell) deliver(ctx context.Context, r decider.Request, due decide.Due, seen notification.State) error {
	calling, cancel := context.WithTimeout(ctx, s.pace.Calling())
	defer cancel()
	begun := s.now(r)
	if until := decide.Until(seen, due.Try, s.pace, begun); !until.IsZero() {
		return bus.RetryAfter(until.Sub(begun), errEarly)
	}
	m, err := s.compose(calling, r, due.Requested, begun)
	if err != nil {
		return err
	}
	due.Stands, due.Unfit, due.To = m.stands, m.unfit, m.sealed
	h := &held{}
	defer s.release(ctx, r, due, h)
	for range looks {
		err = s.attempt(calling, r, due, m, seen, begun, h)
		if !errors.Is(err, errLook) {
			return err
		}
		if seen, err = load(calling, s.Store, streamOf(r, due.NotificationID), s.notifications.Fold); err != nil {
			return err
		}
	}
	return errLook
}

const looks = 4 // after which others are so busy with it that the bus may bring it again

var errLook = errors.New("the notification is further than was seen")

// attempt makes one try, if one is due.
func (s *shell) attempt(ctx context.Context, r decider.Request, due decide.Due, m message, seen notification.State, begun time.Time, h *held) (err error) {
	due.Last = s.ask(ctx, r, due, m, seen, begun)
	due.Awaits = s.reports(due.Channel, seen.Provider)
	to := s.chains[due.Channel].next(seen, begun)
	if to != nil {
		due.Provider = to.Name()
	} else {
		s.missing(ctx, due)
	}
	if due.Budget, err = s.count(ctx, r, due, m, seen, begun, h); err != nil {
		to.spare(begun)
		return err
	}
	try, err := s.begin(ctx, r, due, seen, begun, h)
	if err != nil || try == 0 {
		to.spare(begun)
		return err
	}
	failpoint.At(failpoint.Intended)
	n := m.notification(r, due.Requested, s.now(r))
	n.ReturnPath = s.returns.path(r, n.ID, try)
	n.Withdrawn = s.withdrawn(r, due.Requested, begun)
	called := time.Now()
	receipt, err := to.send(ctx, due.Channel, try, n)
	failpoint.At(failpoint.Called)
	to.note(err, s.now(r))
	s.metrics.count(due.Channel, to, err)
	s.metrics.took(due.Channel, to, time.Since(called))
	return s.end(ctx, r, due.Requested, s.outcome(ctx, due.Requested, to, try, receipt, err))
}

// missing tells operators of a channel that nobody serves; that all its providers are down, metrics say.
func (s *shell) missing(ctx context.Context, due decide.Due) {
	if len(s.chains[due.Channel]) == 0 {
		s.Logger.ErrorContext(ctx, "no provider is set for a channel", "notification_id", due.NotificationID, "channel", due.Channel)
	}
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
func (s *shell) begin(ctx context.Context, r decider.Request, due decide.Due, seen notification.State, begun time.Time, h *held) (try int, err error) {
	var over budget.Scope
	counted := h.needed // as a value: whoever decides again finds the same
	this := fmt.Sprintf("begin/%d/%d/%d", r.Sequence, r.Deliveries, begun.UnixNano())
	err = s.keep(ctx, r, due.NotificationID, this, begun, due, func(state notification.State, p decide.Policy, now time.Time) (decide.Decision, error) {
		try, over, h.out = 0, "", false
		if last, asks := decide.Asks(state, p.Pace, now); state.Try != seen.Try || asks && due.Last.Try != last {
			return decide.Decision{}, errLook
		}
		d := decide.Begin(state, due, p, now)
		if !d.Wait.IsZero() {
			return d, bus.RetryAfter(d.Wait.Sub(now), errEarly)
		}
		if d.Call && !counted && decide.Counts(state, due, p, now) {
			return decide.Decision{}, errLook
		}
		if d.Call {
			try = state.Try + 1
		}
		over, h.out = d.Over, d.Call && counted
		return d, nil
	})
	if err == nil {
		s.metrics.over(over)
	}
	return try, err
}

// end keeps the outcome in a time of its own: the call may have used up the message's, or the worker is being stopped. What is not kept is
// sent once more.
func (s *shell) end(ctx context.Context, r decider.Request, n notification.Requested, e decide.Ended) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.pace.Keeping())
	defer cancel()
	for i := 1; ; i++ {
		this := fmt.Sprintf("end/%d/%d", e.Try, i)
		err := s.keep(ctx, r, n.NotificationID, this, s.now(r), e, func(state notification.State, p decide.Policy, now time.Time) (decide.Decision, error) {
			return decide.End(state, r.User, e, p, now), nil
		})
		if err == nil {
			failpoint.At(failpoint.Recorded)
			return nil
		}
		select {
		case <-time.After(keepAgain):
		case <-ctx.Done():
			return err
		}
	}
}

// rules decide about a notification as it is.
type rules func(notification.State, decide.Policy, time.Time) (decide.Decision, error)

// keep commits a decision about a notification under a cause of its own.
func (s *shell) keep(ctx context.Context, r decider.Request, id, cause string, at time.Time, input any, decides rules) error {
	q := s.Outbox.Question(r.Platform, r.User, id+"/"+cause, at)
	return s.notifications.Handle(ctx, q, streamOf(r, id), func(_ context.Context, l eventstore.Loaded[notification.State], now time.Time) (decider.Decision, error) {
		p, _ := s.Policies(r.Platform)
		bounds := s.bounds(p)
		return s.notifications.Take(q, l, now, input, func(state notification.State) (decider.Decision, error) {
			made, err := decides(state, bounds, now)
			return decided(made, p.Hash), err
		})
	})
}

func (s *shell) bounds(p policy.Policy) decide.Policy {
	return decide.Policy{Tries: p.Notification.Tries, Pace: s.pace}
}

func decided(made decide.Decision, hash string) decider.Decision {
	d := decider.Decision{Events: made.Events, Policy: hash}
	for _, t := range made.Timers {
		d.Timers = append(d.Timers, decider.Timer{Event: t.Event, At: t.At})
	}
	return d
}

// outcome also tells operators of a failure, in words that hold neither address nor code.
func (s *shell) outcome(ctx context.Context, n notification.Requested, from *provider, try int, receipt channel.Receipt, err error) decide.Ended {
	e := decide.Ended{Try: try, ProviderRef: receipt.ProviderID, Awaits: s.tellsLater(from)}
	if err == nil {
		return e
	}
	level := slog.LevelWarn
	e.Reason = notification.UnknownOutcome
	if f, ok := errors.AsType[*channel.Failure](err); ok {
		e.Reason, e.Temporary, e.Code, e.Withdrawn = notification.Reason(f.Reason), f.Temporary, f.Code, f.Withdrawn
		e.Unknown = f.Unknown && from.finder() != nil
		e.Elsewhere = f.Operator && len(s.chains[n.Channel]) > 1
		switch {
		case f.Operator:
			level = slog.LevelError
		case f.Withdrawn:
			level = slog.LevelInfo
		}
	}
	s.Logger.Log(ctx, level, "provider did not take a notification", "notification_id", n.NotificationID, "channel", n.Channel,
		"provider", from.Name(), "try", try, "error", err)
	return e
}
