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

// pauses are the streams notification/-/prefix-<prefix>.
type pauses struct{ *shell }

func pausesOf(platform, prefix string) eventstore.Stream {
	return eventstore.Stream{Platform: platform, Kind: worker.NotificationKind, UserKey: events.NoUser, ID: "prefix-" + prefix}
}

// Until implements budget.Pauses.
func (p pauses) Until(ctx context.Context, platform, prefix string) (time.Time, error) {
	s, err := load(ctx, p.Store, pausesOf(platform, prefix), p.notifications.Fold)
	return s.PausedUntil, err
}

// Begin implements budget.Pauses. Of replicas that find the same at once one begins the pause.
func (p pauses) Begin(ctx context.Context, platform, prefix string, c budget.Conversion, now time.Time) (time.Time, error) {
	rules, _ := p.Policies(platform)
	q := p.Outbox.Question(platform, events.NoUser, fmt.Sprintf("prefix-%s/%d", prefix, now.UnixNano()), now)
	begun := false
	err := p.notifications.Handle(ctx, q, pausesOf(platform, prefix), func(_ context.Context, l eventstore.Loaded[notification.State], now time.Time) (decider.Decision, error) {
		return p.notifications.Take(q, l, now, c, func(s notification.State) (decider.Decision, error) {
			made := decide.Pause(s, prefix, c, rules.Budget, now)
			begun = len(made.Events) > 0
			return decided(made, rules.Hash), nil
		})
	})
	if err != nil {
		return time.Time{}, err
	}
	if begun {
		p.metrics.pauses.Inc()
		p.Logger.WarnContext(ctx, "texts to a prefix are paused: its codes are hardly ever entered", "platform", platform, "prefix", prefix,
			"sent", c.Sent, "entered", c.Entered)
	}
	return p.Until(ctx, platform, prefix)
}
