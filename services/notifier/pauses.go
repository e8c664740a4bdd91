package notifier

import (
	"context"
	"fmt"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/services/notifier/internal/budget"
	"countersign/services/notifier/internal/decide"
)

// pauses are the streams notification/-/prefix-<prefix>, and notification/-/proven-<prefix> of numbers that their users have proven.
type pauses struct{ *shell }

func pausesOf(c budget.Codes) eventstore.Stream {
	of := "prefix-"
	if c.Proven {
		of = "proven-"
	}
	return eventstore.Stream{Platform: c.Platform, Kind: worker.NotificationKind, UserKey: events.NoUser, ID: of + c.Prefix}
}

// Last implements budget.Pauses.
func (p pauses) Last(ctx context.Context, of budget.Codes) (budget.Paused, error) {
	s, err := load(ctx, p.Store, pausesOf(of), p.notifications.Fold)
	return budget.Paused{From: s.PausedAt, Until: s.PausedUntil}, err
}

// Begin implements budget.Pauses. Of replicas that find the same at once one begins the pause.
func (p pauses) Begin(ctx context.Context, of budget.Codes, c budget.Conversion, now time.Time) (budget.Paused, error) {
	rules, _ := p.Policies(of.Platform)
	stream := pausesOf(of)
	q := p.Outbox.Question(of.Platform, events.NoUser, fmt.Sprintf("%s/%d", stream.ID, now.UnixNano()), now)
	begun := false
	err := p.notifications.Handle(ctx, q, stream, func(_ context.Context, l eventstore.Loaded[notification.State], now time.Time) (decider.Decision, error) {
		return p.notifications.Take(q, l, now, c, func(s notification.State) (decider.Decision, error) {
			made := decide.Pause(s, of, c, rules.Budget, now)
			begun = len(made.Events) > 0
			return decided(made, rules.Hash), nil
		})
	})
	if err != nil {
		return budget.Paused{}, err
	}
	if begun {
		p.metrics.pauses.Inc()
		p.Logger.WarnContext(ctx, "texts to a prefix are paused: its codes are hardly ever entered", "platform", of.Platform, "prefix", of.Prefix,
			"proven", of.Proven, "sent", c.Sent, "entered", c.Entered)
	}
	return p.Last(ctx, of)
}
