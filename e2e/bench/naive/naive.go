// Package naive is the row of what a good engineer writes in a day: Watermill's router over watermill-nats, the package of it that its
// authors advise for production, and for each message one load, one check, one insert, one publish and one acknowledgement, each awaited.
//
// It is honest work: secrets rest encrypted, the version of a stream is unique, a time step is accepted once, a result goes out only after
// its event is on disk. What it lacks beside ours (a message that comes again is judged again; a crash between insert and publish loses the
// result; no lanes, waits, replay or erasure) makes it faster, not slower.
package naive

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	wmnats "github.com/ThreeDotsLabs/watermill-nats/v2/pkg/nats"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"countersign/e2e/bench/contender"
	"countersign/e2e/bench/rig"
	"countersign/pkg/worker/bus"
)

const (
	durable = "naive"
	group   = "naive"
	topic   = "mfa.*.in.attempt.submitted"
)

// One is the row with a single subscriber, which is watermill-nats' default: one user's messages stay in order.
func One() contender.Contender { return row("naive", 1) }

// Eight is the row with eight, which handle eight messages at once. Two of one user are then judged on the same state; the unique version
// has one of them come again.
func Eight() contender.Contender { return row("naive8", 8) }

func row(name string, subscribers int) contender.Contender {
	return contender.Contender{
		Name: name, Seed: seed, Listen: listen, Check: check,
		Run: func(ctx context.Context, g contender.Ground) (func(context.Context) error, error) {
			return run(ctx, g, subscribers)
		},
	}
}

// listen makes the push consumer that watermill-nats binds to.
func listen(ctx context.Context, b *rig.Bus) error {
	_, err := b.JS.CreatePushConsumer(ctx, bus.StreamIn, jetstream.ConsumerConfig{
		Durable: durable, FilterSubject: topic, AckPolicy: jetstream.AckExplicitPolicy, AckWait: 30 * time.Second,
		DeliverSubject: "deliver.naive", DeliverGroup: group,
	})
	if err != nil {
		return fmt.Errorf("make consumer: %w", err)
	}
	return nil
}

func run(ctx context.Context, g contender.Ground, subscribers int) (func(context.Context) error, error) {
	events, err := open(ctx, g.At)
	if err != nil {
		return nil, err
	}
	publisher, err := wmnats.NewPublisher(wmnats.PublisherConfig{
		URL: g.Bus, JetStream: wmnats.JetStreamConfig{TrackMsgId: true},
	}, watermill.NopLogger{})
	if err != nil {
		return nil, err
	}
	router, err := route(g, &verifier{events, publisher}, subscribers)
	if err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- router.Run(context.WithoutCancel(ctx)) }()
	<-router.Running()
	return func(context.Context) error {
		return errors.Join(router.Close(), <-ended, publisher.Close(), events.close())
	}, nil
}

func route(g contender.Ground, v *verifier, subscribers int) (*message.Router, error) {
	subscriber, err := wmnats.NewSubscriber(wmnats.SubscriberConfig{
		URL: g.Bus, QueueGroupPrefix: group, SubscribersCount: subscribers,
		JetStream: wmnats.JetStreamConfig{DurablePrefix: durable, SubscribeOptions: []nats.SubOpt{nats.ManualAck(), nats.BindStream(bus.StreamIn)}},
	}, watermill.NopLogger{})
	if err != nil {
		return nil, err
	}
	router, err := message.NewRouter(message.RouterConfig{}, watermill.NopLogger{})
	if err != nil {
		return nil, err
	}
	router.AddMiddleware(middleware.Recoverer)
	router.AddConsumerHandler("attempts", topic, subscriber, v.handle)
	return router, nil
}
