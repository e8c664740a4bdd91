package bus_test

import (
	"context"
	"strings"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/pubsub/tests"
	"github.com/nats-io/nats.go/jetstream"

	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/bus/bustest"
	"countersign/pkg/worker/bus/embedded"
)

// Watermill's own suite says whether this is a Pub/Sub. It knows neither the contract's subjects nor users: its topics are
// subjects of a stream of its own, its messages share lanes by id or, where it asks for order, by topic. Its test of a restart
// compares before its publishers have ended; TestNothingIsLostWhileTheBusRestarts is ours.
func TestUniversalSuiteWithoutOrder(t *testing.T) {
	u := newUniversal(t, func(d *bus.Delivery) string { return d.Header.Get("watermill-uuid") })
	u.run(t, tests.Features{ConsumerGroups: true, Persistent: true})
}

func TestUniversalSuiteInOrder(t *testing.T) {
	u := newUniversal(t, func(d *bus.Delivery) string { return d.Subject })
	u.run(t, tests.Features{ConsumerGroups: true, Persistent: true, GuaranteedOrder: true, GuaranteedOrderWithSingleSubscriber: true})
}

const universalStream = "UNIVERSAL"

type universal struct {
	server  *bustest.Server
	laneKey func(*bus.Delivery) string
}

func newUniversal(t *testing.T, laneKey func(*bus.Delivery) string) *universal {
	u := &universal{server: bustest.Start(t, embedded.Config{}), laneKey: laneKey}
	js := jetStream(t, u.server.Connect(t, "operator"))
	_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: universalStream, Subjects: []string{"universal.>"}})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (u *universal) run(t *testing.T, f tests.Features) {
	f.ForceShort = true
	f.GenerateTopicFunc = func(c tests.TestContext) string { return "universal." + string(c.TestID) }
	tests.TestPubSub(t, f, func(t *testing.T) (message.Publisher, message.Subscriber) {
		return u.pubSub(t, "all")
	}, u.pubSub)
}

func (u *universal) pubSub(t *testing.T, group string) (message.Publisher, message.Subscriber) {
	conn := u.server.Connect(t, "universal")
	p, err := bus.NewPublisher(bus.PublisherConfig{Conn: conn})
	if err != nil {
		t.Fatal(err)
	}
	js := jetStream(t, conn)
	s, err := bus.NewSubscriber(bus.SubscriberConfig{
		Conn: conn, LaneKey: u.laneKey, Logger: bustest.Logger(t),
		Locate: func(ctx context.Context, topic string) (string, string, error) {
			return universalStream, durable(topic, group), ensureDurable(ctx, js, topic, group)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // the suite leaves one open
	return bus.Messages{Publisher: p}, initializer{s, js, group}
}

// initializer makes the durable before the suite publishes.
type initializer struct {
	*bus.Subscriber
	js    jetstream.JetStream
	group string
}

func (i initializer) SubscribeInitialize(topic string) error {
	return ensureDurable(context.Background(), i.js, topic, i.group)
}

func ensureDurable(ctx context.Context, js jetstream.JetStream, topic, group string) error {
	_, err := js.CreateOrUpdateConsumer(ctx, universalStream, jetstream.ConsumerConfig{
		Durable: durable(topic, group), FilterSubject: topic, AckPolicy: jetstream.AckExplicitPolicy, MaxDeliver: -1, MaxAckPending: 5000,
	})
	return err
}

func durable(topic, group string) string {
	return strings.ReplaceAll(topic, ".", "-") + "-" + group
}

func jetStream(t testing.TB, conn *bus.Conn) jetstream.JetStream {
	t.Helper()
	js, err := jetstream.New(conn.Conn)
	if err != nil {
		t.Fatal(err)
	}
	return js
}
