package notifier

import (
	"context"
	"time"

	"countersign/pkg/events/notification"
	"countersign/pkg/worker/decider"
	"countersign/services/notifier/internal/channel/smtp"
	"countersign/services/notifier/internal/decide"
)

// ask has the provider of a try say what became of it, where nobody else knows.
func (s *shell) ask(ctx context.Context, r decider.Request, due decide.Due, m message, seen notification.State, now time.Time) decide.Answer {
	try, asks := decide.Asks(seen, s.pace, now)
	if !asks {
		return decide.Answer{}
	}
	chain := s.chains[due.Channel]
	i := chain.index(seen.Provider)
	if i < 0 || chain[i].finder() == nil || m.to.IsZero() {
		return decide.Answer{Try: try}
	}
	receipt, found, err := chain[i].find(ctx, due.Channel, try, m.notification(r, due.Requested, now), seen.CalledAt)
	chain[i].note(err, now)
	switch {
	case err != nil:
		s.Logger.WarnContext(ctx, "provider did not say what became of a notification", "notification_id", due.NotificationID,
			"provider", seen.Provider, "try", try, "error", err)
		return decide.Answer{Try: try, Evidence: decide.Unclear}
	case found:
		return decide.Answer{Try: try, Evidence: decide.Taken, ProviderRef: receipt.ProviderID}
	}
	return decide.Answer{Try: try, Evidence: decide.NotTaken}
}

func (s *shell) reports(c notification.Channel, provider string) bool {
	chain := s.chains[c]
	i := chain.index(provider)
	return i >= 0 && s.tellsLater(chain[i])
}

// tellsLater is true of a provider from which more may be heard of a message that it has taken.
func (s *shell) tellsLater(p *provider) bool {
	return p.reporter() != nil || p.Name() == smtp.Name && s.returns != nil
}
