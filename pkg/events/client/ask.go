package client

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"countersign/pkg/events"
	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrNoAnswer says that nobody answered in time. No answer is no: ask LoginStatus, or Ask again WithID.
var ErrNoAnswer = errors.New("no answer in time")

// An Answer is the one event that answers a request.
type Answer struct {
	Envelope events.Envelope
	Event    events.Event
}

// An Option changes one asking.
type Option func(*asking)

// WithID asks under an id of the caller's, 1 to 128 bytes. The same id with the same content is answered as it was the
// first time, however long ago; an id that is kept before Ask is called survives the platform's death.
func WithID(id string) Option { return func(a *asking) { a.id = id } }

// asking is one request on its way.
type asking struct {
	id      string
	sending int // how often it was published
	event   events.Event
	parent  string        // traceparent
	seed    events.Secret // of an import, until it is sealed
	inbox   chan *nats.Msg
}

// Ask publishes e and waits for its answer. A refusal is a *events.Rejection; ErrNoAnswer says that none came,
// ErrForbidden what the credential lacks. When the answer is
// slow, the request is published again under the same id: that has no second effect.
func (c *Client) Ask(ctx context.Context, e events.Event, options ...Option) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.conf.Timeout)
	defer cancel()
	a := &asking{id: uuid.NewString(), event: e, parent: c.parent(ctx), inbox: make(chan *nats.Msg, 64)}
	for _, o := range options {
		o(a)
	}
	if err := c.sealAll(ctx, a); err != nil {
		return Answer{}, err
	}
	heeding, leave := c.heed(ctx, c.subjects(a)...)
	defer leave()
	stop, err := c.listen(a)
	if err != nil {
		return Answer{}, err
	}
	defer stop()
	answer, err := c.converse(heeding, a)
	return answer, because(heeding, err)
}

// subjects are where a request goes and where its answer comes.
func (c *Client) subjects(a *asking) []string {
	entity, fact, _, _ := events.ParseName(a.event.EventType()) // what is no name fails when it is published
	user := events.UserKey(c.conf.Platform, a.event.UserID())
	return []string{events.InSubject(c.conf.Platform, entity, fact), events.OutSubject(c.conf.Platform, "*", "*", user)}
}

// listen must be in force before the request is out: the answer may be faster than the confirmation.
func (c *Client) listen(a *asking) (stop func(), err error) {
	subject := c.subjects(a)[1]
	sub, err := c.conf.Conn.ChanSubscribe(subject, a.inbox)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", subject, err)
	}
	return func() { _ = sub.Unsubscribe() }, nil
}

// converse sends the request, and again while no answer comes: the bus may be away, and with it what was sent.
func (c *Client) converse(ctx context.Context, a *asking) (Answer, error) {
	again := time.NewTicker(c.conf.Timeout / 4)
	defer again.Stop()
	silence := c.send(ctx, a)
	for {
		if silence != nil && ctx.Err() == nil && !c.passing(silence) {
			return Answer{}, silence
		}
		select {
		case m := <-a.inbox:
			if answer, ok := c.answers(m, a.id); ok {
				return answer, c.refusal(answer)
			}
		case <-again.C:
			silence = c.send(ctx, a)
		case <-ctx.Done():
			silence = errors.Join(ErrNoAnswer, ctx.Err(), silence)
			return Answer{}, fmt.Errorf("ask %s with id %s: %w", a.event.EventType(), a.id, silence)
		}
	}
}

// send waits no longer than until the next sending for the bus to confirm that it listens and that it has the request.
func (c *Client) send(ctx context.Context, a *asking) error {
	ctx, cancel := context.WithTimeout(ctx, c.conf.Timeout/4)
	defer cancel()
	if err := c.conf.Conn.FlushWithContext(ctx); err != nil {
		return fmt.Errorf("flush subscription: %w", err)
	}
	return c.publish(ctx, a)
}

// passing reports whether asking again may help. A connection that is lost for now also calls itself closed, and a server that has just
// started has no streams yet.
func (c *Client) passing(err error) bool {
	if c.conf.Conn.IsClosed() {
		return false
	}
	for _, away := range []error{
		nats.ErrConnectionClosed, nats.ErrConnectionReconnecting, nats.ErrDisconnected, nats.ErrTimeout, nats.ErrNoResponders,
		jetstream.ErrNoStreamResponse, jetstream.ErrJetStreamNotEnabled, context.DeadlineExceeded,
	} {
		if errors.Is(err, away) {
			return true
		}
	}
	return false
}

// publish sends the request under a message id of its own, so that the bus does not take a second sending for a repeat.
func (c *Client) publish(ctx context.Context, a *asking) error {
	if err := a.event.Validate(); err != nil {
		return fmt.Errorf("ask %s: %w", a.event.EventType(), err)
	}
	entity, fact, _, err := events.ParseName(a.event.EventType())
	if err != nil {
		return err
	}
	m := nats.NewMsg(events.InSubject(c.conf.Platform, entity, fact))
	env, err := c.envelope(a)
	if err != nil {
		return err
	}
	header, body, err := events.Encode(env)
	if err != nil {
		return fmt.Errorf("ask %s: %w", env.Type, err)
	}
	a.sending++
	m.Header, m.Data = nats.Header(header), body
	id := events.MessageID(c.conf.Platform, env) + "/" + strconv.Itoa(a.sending) + "/" + uuid.NewString()
	if _, err := c.js.PublishMsg(ctx, m, jetstream.WithMsgID(id)); err != nil {
		return fmt.Errorf("publish on %s: %w", m.Subject, err)
	}
	return nil
}

func (c *Client) envelope(a *asking) (events.Envelope, error) {
	data, _, err := events.Marshal(a.event)
	if err != nil {
		return events.Envelope{}, fmt.Errorf("encode %s: %w", a.event.EventType(), err)
	}
	return events.Envelope{
		ID: a.id, Source: c.conf.Source, Type: a.event.EventType(), Subject: a.event.UserID(), Time: time.Now(), TraceParent: a.parent, Data: data,
	}, nil
}

// answers takes the event whose cause is the request; what else happens to the user is not for this caller. Workers' events of a type that
// is not known here are ignored, as the contract has it.
func (c *Client) answers(m *nats.Msg, id string) (Answer, bool) {
	r, ok := c.read(m.Subject, m.Header, m.Data)
	if !ok || r.Envelope.CausationID != id || r.Event == nil {
		return Answer{}, false
	}
	return Answer(r), true
}

// read takes what a worker said to this platform, and nothing else.
func (c *Client) read(subject string, h nats.Header, body []byte) (Record, bool) {
	env, err := events.Decode(events.Header(h), body)
	if err != nil || !c.said(subject, env) {
		return Record{}, false
	}
	e, _ := c.registry.DecodeStored(env.Type, env.Data, nil) // nil for what a newer worker says
	return Record{Envelope: env, Event: e}, true
}

// said reports whether a worker said it to this platform. Another platform may name our subject as the reply subject of a pull and so
// let its own messages arrive here; they still bear its own subject.
func (c *Client) said(subject string, env events.Envelope) bool {
	s, err := events.ParseSubject(subject)
	entity, fact, _, bad := events.ParseName(env.Type)
	return err == nil && bad == nil && s.Direction == events.Out && s.Platform == c.conf.Platform &&
		s.Entity == entity && s.Fact == fact && strings.HasPrefix(env.Source, "/countersign/")
}

// refusal is what a request is refused with. Where the workers do not have the key any more, the next request is sealed to another.
func (c *Client) refusal(a Answer) error {
	r, ok := a.Event.(*events.RequestRejected)
	if !ok {
		return nil
	}
	if r.Code == events.UnknownKey {
		c.keys.forget()
	}
	return r.Rejection()
}
