package stranger

import (
	"context"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
)

// Ears hear what is said from now on, about one user or about all.
type Ears struct {
	sub   *nats.Subscription
	known map[string]bool // source and id of what was heard: repeats are dropped
	heard []Event         // that nobody has asked for yet

	Repeats []Event // what came more than once, in order
}

// Listen hears what is said about user.
func (p *Platform) Listen(ctx context.Context, user string) (*Ears, error) {
	return p.hear(ctx, "mfa."+p.Name+".out.*.*."+UserKey(p.Name, user))
}

// ListenToAll hears what is said to the platform.
func (p *Platform) ListenToAll(ctx context.Context) (*Ears, error) {
	return p.hear(ctx, "mfa."+p.Name+".out.>")
}

func (p *Platform) hear(ctx context.Context, subject string) (*Ears, error) {
	sub, err := p.Conn.SubscribeSync(subject)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", subject, err)
	}
	if err := sub.SetPendingLimits(-1, -1); err != nil {
		return nil, err
	}
	// In force before anything is published: an answer may be faster than the confirmation.
	if err := p.Conn.FlushWithContext(ctx); err != nil {
		return nil, fmt.Errorf("listen on %s: %w", subject, err)
	}
	return &Ears{sub: sub, known: map[string]bool{}}, nil
}

// Close ends the listening.
func (e *Ears) Close() { _ = e.sub.Unsubscribe() }

// Next is the next event, repeats included. What has no header is none.
func (e *Ears) Next(ctx context.Context) (Event, error) {
	for {
		m, err := e.sub.NextMsgWithContext(ctx)
		if err != nil {
			return Event{}, err
		}
		if len(m.Header) > 0 {
			return read(m.Subject, m.Header, m.Data)
		}
	}
}

// Await takes the first event that matches, heard already or to come. What does not match stays for later.
func (e *Ears) Await(ctx context.Context, match func(Event) bool) (Event, error) {
	for i, event := range e.heard {
		if match(event) {
			e.heard = append(e.heard[:i:i], e.heard[i+1:]...)
			return event, nil
		}
	}
	for {
		event, err := e.Next(ctx)
		switch key := event.Source + " " + event.ID; {
		case err != nil:
			return Event{}, fmt.Errorf("%w; heard instead: %v", err, e.heard)
		case e.known[key]:
			e.Repeats = append(e.Repeats, event)
		case match(event):
			e.known[key] = true
			return event, nil
		default:
			e.known[key] = true
			e.heard = append(e.heard, event)
		}
	}
}

// Answer takes the event whose cause is the id that was sent.
func (e *Ears) Answer(ctx context.Context, id string) (Event, error) {
	answer, err := e.Await(ctx, func(event Event) bool { return event.Cause == id })
	if err != nil {
		return answer, fmt.Errorf("await answer to %s: %w", id, err)
	}
	if !strings.Contains(answer.Subject, ".out."+answer.Fact()+".") {
		return answer, fmt.Errorf("%s came on %s", answer, answer.Subject)
	}
	return answer, nil
}

// Rest is what was heard and not asked for.
func (e *Ears) Rest() []Event { return e.heard }

// Ask publishes an event under an id of its own and takes its answer, as the contract says: listen, flush, publish, wait for
// the bus's confirmation, take the event whose cause is the id.
func (p *Platform) Ask(ctx context.Context, fact string, data Data) (Event, error) {
	id := NewID("")
	return p.Send(ctx, data["user"].(string), p.Message(fact, id, data), id)
}

// Send does the same with a message as it is, whose ce-id is id.
func (p *Platform) Send(ctx context.Context, user string, m *nats.Msg, id string) (Event, error) {
	ears, err := p.Listen(ctx, user)
	if err != nil {
		return Event{}, err
	}
	defer ears.Close()
	if _, err := p.Publish(ctx, m); err != nil {
		return Event{}, fmt.Errorf("publish on %s: %w", m.Subject, err)
	}
	return ears.Answer(ctx, id)
}
