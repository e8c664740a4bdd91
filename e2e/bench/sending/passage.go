package sending

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"countersign/e2e/bench/place"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/eventstore"
)

// A passage is how one code came to its person.
type passage struct {
	mail    bool
	due     time.Time // it was to be wanted
	stored  time.Time // the bus has kept that it is
	handled time.Time // the notifier has begun with it
	call
	told time.Time // that a provider took it: the bus has kept that
}

// tell brings together what the bus, the store and the providers know, and is an error unless each code was sent once, at the first try.
func (m *measurement) tell(ctx context.Context, f *Figure) error {
	stored, told, err := m.kept(ctx)
	if err != nil {
		return err
	}
	p, err := place.Open(ctx, m.at)
	if err != nil {
		return err
	}
	defer func() { _ = p.Close() }()
	var all []passage
	for i, one := range m.people {
		handled, err := handled(ctx, p.Events, one)
		if err != nil {
			return err
		}
		c, taken := m.far.calls[one.to]
		if !taken {
			return fmt.Errorf("%s was told as sent, and nobody took it", one.notification())
		}
		if m.due[i].Before(m.due[0].Add(m.conf.Warm)) {
			continue
		}
		all = append(all, passage{one.mail, m.due[i], stored[one.key], handled, c, told[one.key]})
	}
	f.figure(all)
	return nil
}

// kept is when the bus had what it says of each user.
func (m *measurement) kept(ctx context.Context) (requested, sent map[string]time.Time, err error) {
	s, err := m.bus.JS.Stream(ctx, bus.StreamOut)
	if err != nil {
		return nil, nil, err
	}
	c, err := s.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{HeadersOnly: true})
	if err != nil {
		return nil, nil, err
	}
	requested, sent = map[string]time.Time{}, map[string]time.Time{}
	for range 2 * len(m.people) {
		message, err := c.Next()
		if err != nil {
			return nil, nil, fmt.Errorf("read what was said: %w", err)
		}
		meta, err := message.Metadata()
		if err != nil {
			return nil, nil, err
		}
		switch kind := message.Headers().Get("ce-type"); kind {
		case notification.RequestedType:
			requested[userkey(message)] = meta.Timestamp
		case notification.SentType:
			sent[userkey(message)] = meta.Timestamp
		default:
			return nil, nil, fmt.Errorf("the notifier said %s", kind)
		}
	}
	return requested, sent, nil
}

// handled is when the notifier began with a notification.
func handled(ctx context.Context, store eventstore.Store, p person) (at time.Time, err error) {
	stream := p.stream(worker.NotificationKind)
	stream.ID = p.notification()
	var list []string
	for c, err := range store.Replay(ctx, stream, 1) {
		if err != nil {
			return at, err
		}
		if c.Version == 1 {
			at = c.At
		}
		for _, e := range c.Events {
			list = append(list, e.Type)
		}
	}
	if len(list) != 2 || list[0] != notification.SendingType || list[1] != notification.SentType {
		return at, fmt.Errorf("%s has %v: it was not sent at the first try", p.notification(), list)
	}
	return at, nil
}

func userkey(m jetstream.Msg) string { return m.Subject()[strings.LastIndexByte(m.Subject(), '.')+1:] }
