// Package ideal is the row of the limit: as many bytes as ours moves and commits, in batches of 256, and nothing decided. While one batch is
// committed the next one is fetched and the one before it published, so that neither bus nor store waits for the other.
package ideal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"countersign/e2e/bench/contender"
	"countersign/e2e/bench/crowd"
	"countersign/e2e/bench/place"
	"countersign/e2e/bench/rig"
	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
)

const (
	durable = "ideal"
	most    = 256
)

// Contender is the row.
func Contender() contender.Contender {
	return contender.Contender{
		Name: "ideal", Listen: listen, Run: run, Check: check,
		Seed: func(context.Context, place.Spec, []crowd.User) error { return nil },
	}
}

func listen(ctx context.Context, b *rig.Bus) error {
	_, err := b.JS.CreateConsumer(ctx, bus.StreamIn, jetstream.ConsumerConfig{
		Durable: durable, FilterSubject: events.InSubject("*", "attempt", "submitted"), AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: 30 * time.Second, MaxAckPending: 8 * most,
	})
	if err != nil {
		return fmt.Errorf("make consumer: %w", err)
	}
	return nil
}

// A mover moves batches from the bus into the store and back to the bus.
type mover struct {
	js     jetstream.JetStream
	into   store
	sample contender.Sample
	filler []byte // of a commit
}

func run(ctx context.Context, g contender.Ground) (func(context.Context) error, error) {
	into, err := open(ctx, g.At)
	if err != nil {
		return nil, err
	}
	conn, err := nats.Connect(g.Bus)
	if err != nil {
		return nil, err
	}
	m := &mover{into: into, sample: g.Sample, filler: make([]byte, g.Sample.Commit)}
	_, _ = rand.Read(m.filler) // random: a server would compress anything else
	if m.js, err = jetstream.New(conn, jetstream.WithPublishAsyncMaxPending(4*most)); err != nil {
		return nil, err
	}
	consumer, err := m.js.Consumer(ctx, bus.StreamIn, durable)
	if err != nil {
		return nil, err
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(2 * most))
	if err != nil {
		return nil, err
	}
	group := m.start(context.WithoutCancel(ctx), messages)
	return func(context.Context) error {
		messages.Stop()
		err := group.Wait()
		conn.Close()
		return errors.Join(err, into.close())
	}, nil
}

func (m *mover) start(ctx context.Context, messages jetstream.MessagesContext) *errgroup.Group {
	group, ctx := errgroup.WithContext(ctx)
	arrived, fetched, committed := make(chan jetstream.Msg, most), make(chan []jetstream.Msg), make(chan []jetstream.Msg)
	group.Go(func() error { defer close(arrived); return receive(messages, arrived) })
	group.Go(func() error { defer close(fetched); gather(arrived, fetched); return nil })
	group.Go(func() error { defer close(committed); return m.commit(ctx, fetched, committed) })
	group.Go(func() error { return m.publish(ctx, committed) })
	return group
}

func receive(messages jetstream.MessagesContext, arrived chan<- jetstream.Msg) error {
	for {
		msg, err := messages.Next()
		if errors.Is(err, jetstream.ErrMsgIteratorClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		arrived <- msg
	}
}

// gather makes batches of what has arrived: a lone message waits for no other.
func gather(arrived <-chan jetstream.Msg, fetched chan<- []jetstream.Msg) {
	for first := range arrived {
		batch := []jetstream.Msg{first}
		for more := true; more && len(batch) < most; {
			select {
			case msg, ok := <-arrived:
				if more = ok; ok {
					batch = append(batch, msg)
				}
			default:
				more = false
			}
		}
		fetched <- batch
	}
}

func (m *mover) commit(ctx context.Context, fetched <-chan []jetstream.Msg, committed chan<- []jetstream.Msg) error {
	for batch := range fetched {
		ids := make([]string, len(batch))
		for i, msg := range batch {
			ids[i] = msg.Headers().Get("ce-id")
		}
		if err := m.into.commit(ctx, ids, m.filler); err != nil {
			return err
		}
		committed <- batch
	}
	return nil
}

func (m *mover) publish(ctx context.Context, committed <-chan []jetstream.Msg) error {
	for batch := range committed {
		futures := make([]jetstream.PubAckFuture, len(batch))
		for i, msg := range batch {
			var err error
			if futures[i], err = m.js.PublishMsgAsync(m.result(msg.Headers().Get("ce-id"))); err != nil {
				return err
			}
		}
		for i, f := range futures {
			select {
			case <-f.Ok():
			case err := <-f.Err():
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
			if err := batch[i].Ack(); err != nil {
				return err
			}
		}
	}
	return nil
}

// result has the length of ours, and as many headers.
func (m *mover) result(cause string) *nats.Msg {
	header := make(nats.Header, len(m.sample.Header))
	for name, values := range m.sample.Header {
		header[name] = values
	}
	header["ce-causationid"] = []string{cause}
	header["ce-id"] = []string{"result-" + cause}
	header[nats.MsgIdHdr] = []string{"acme//countersign/ideal/result-" + cause}
	return &nats.Msg{Subject: events.OutSubject(crowd.Platform, "attempt", "accepted", events.UserKey(crowd.Platform, cause)), Header: header, Data: m.sample.Body}
}
