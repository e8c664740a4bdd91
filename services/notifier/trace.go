package notifier

import (
	"context"
	"time"

	"countersign/pkg/events/notification"
	"countersign/pkg/worker/trace"
	"countersign/services/notifier/internal/channel"
)

// send and find are calls of the provider, traced. The provider itself is told nothing of the trace.
func (p *provider) send(ctx context.Context, c notification.Channel, try int, n channel.Notification) (channel.Receipt, error) {
	ctx, span := trace.Begin(ctx, trace.Send, string(c))
	receipt, err := p.Send(ctx, n)
	p.tell(span, c, try, outcome(err))
	span.End(err)
	return receipt, err
}

func (p *provider) find(ctx context.Context, c notification.Channel, try int, n channel.Notification, since time.Time) (channel.Receipt, bool, error) {
	ctx, span := trace.Begin(ctx, trace.Find, string(c))
	receipt, found, err := p.finder().Find(ctx, n, since)
	word := "not found"
	if found || err != nil {
		word = outcome(err)
	}
	p.tell(span, c, try, word)
	span.End(err)
	return receipt, found, err
}

func (p *provider) tell(s trace.Span, c notification.Channel, try int, outcome string) {
	s.Say(trace.Channel, string(c))
	s.Say(trace.Provider, p.Name())
	s.Count(trace.Try, try)
	s.Say(trace.OutcomeWord, outcome)
}
