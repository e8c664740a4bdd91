package bus

import (
	"context"
	"fmt"
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
	confirm time.Duration
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
	return &Publisher{conn: c.Conn, js: js, confirm: confirm}, nil
}

// Publish sends all, then waits for all confirmations, and returns the sequences that the bus gave, in order. After an error
// some may be stored: publish all again, with the same ids. The error says whether a subject has no stream, its stream is
// full, or the credential may not (ErrForbidden).
func (p *Publisher) Publish(ctx context.Context, out []Outgoing) ([]uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, p.confirm)
	defer cancel()
	refused, stop := p.conn.forbidden.watch(out)
	defer stop()
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
		if sequences[i], err = confirmation(ctx, f, refused); err != nil {
			return nil, err
		}
	}
	return sequences, nil
}

func (p *Publisher) send(o Outgoing) (jetstream.PubAckFuture, error) {
	m := &nats.Msg{Subject: o.Subject, Header: o.Header, Data: o.Body}
	opts := []jetstream.PublishOpt{jetstream.WithStallWait(p.confirm)}
	if o.MsgID != "" {
		m.Header = withID(o.Header, o.MsgID)
	}
	return p.js.PublishMsgAsync(m, opts...)
}

// withID copies: the caller's header may be published again, and elsewhere.
func withID(h nats.Header, id string) nats.Header {
	c := make(nats.Header, len(h)+1)
	for k, v := range h {
		c[k] = v
	}
	c[nats.MsgIdHdr] = []string{id}
	return c
}

func confirmation(ctx context.Context, f jetstream.PubAckFuture, refused <-chan error) (uint64, error) {
	subject := f.Msg().Subject
	select {
	case ack := <-f.Ok():
		return ack.Sequence, nil
	case err := <-f.Err():
		return 0, fmt.Errorf("publish to %s: %w", subject, err)
	case err := <-refused:
		return 0, err
	case <-ctx.Done():
		return 0, fmt.Errorf("publish to %s: await confirmation: %w", subject, ctx.Err())
	}
}
