package bus

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	defaultConfirm  = 5 * time.Second
	pendingPublishs = 4096
)

// PublisherConfig says how to publish.
type PublisherConfig struct {
	Conn    *Conn
	Confirm time.Duration // how long to wait for the bus's confirmations; default 5 s
}

// A Publisher publishes and waits until the bus has stored what it was given. It is safe for concurrent use.
type Publisher struct {
	conn    *Conn
	js      jetstream.JetStream
	options []jetstream.PublishOpt
}

// NewPublisher makes a Publisher. It needs no closing: it ends with its connection.
func NewPublisher(c PublisherConfig) (*Publisher, error) {
	confirm := orDefault(c.Confirm, defaultConfirm)
	js, err := jetstream.New(c.Conn.Conn,
		jetstream.WithPublishAsyncMaxPending(pendingPublishs),
		jetstream.WithPublishAsyncTimeout(confirm))
	if err != nil {
		return nil, fmt.Errorf("open publisher: %w", err)
	}
	return &Publisher{conn: c.Conn, js: js, options: []jetstream.PublishOpt{jetstream.WithStallWait(confirm)}}, nil
}

// Publish sends all, then waits for all confirmations, and returns the sequences that the bus gave, in order. After an error
// some may be stored: publish all again, with the same ids. The error says whether a subject has no stream, its stream is
// full, or the credential may not (ErrForbidden).
func (p *Publisher) Publish(ctx context.Context, out []Outgoing) ([]uint64, error) {
	refused := p.conn.forbidden.since()
	futures := make([]jetstream.PubAckFuture, len(out))
	for i, o := range out {
		var err error
		if futures[i], err = p.send(o); err != nil {
			return nil, fmt.Errorf("publish to %s: %w", o.Subject, err)
		}
	}
	sequences := make([]uint64, len(out))
	for i, f := range futures {
		var err error
		if sequences[i], err = confirmation(ctx, f, refused, out); err != nil {
			return nil, err
		}
	}
	return sequences, nil
}

func (p *Publisher) send(o Outgoing) (jetstream.PubAckFuture, error) {
	m := &nats.Msg{Subject: o.Subject, Header: o.Header, Data: o.Body}
	if o.MsgID != "" {
		m.Header = o.withID()
	}
	return p.js.PublishMsgAsync(m, p.options...)
}

// withID copies a header that the caller keeps: it may be published again, and elsewhere.
func (o Outgoing) withID() nats.Header {
	h := o.Header
	if !o.Given || h == nil {
		h = make(nats.Header, len(o.Header)+1)
		maps.Copy(h, o.Header)
	}
	h[nats.MsgIdHdr] = []string{o.MsgID}
	return h
}

func confirmation(ctx context.Context, f jetstream.PubAckFuture, refused *refusals, out []Outgoing) (uint64, error) {
	for {
		select {
		case ack := <-f.Ok():
			return ack.Sequence, nil
		case err := <-f.Err():
			return 0, fmt.Errorf("publish to %s: %w", f.Msg().Subject, err)
		case <-refused.come:
			if err := refused.of(out); err != nil {
				return 0, err
			}
			refused = refused.then
		case <-ctx.Done():
			return 0, fmt.Errorf("publish to %s: await confirmation: %w", f.Msg().Subject, ctx.Err())
		}
	}
}
