package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/prometheus/client_golang/prometheus"

	"countersign/pkg/events"
	"countersign/pkg/worker/trace"
)

const (
	defaultDeadline = 10 * time.Second
	closeWait       = time.Second // for handlers that do not heed their context
)

// Config says how a worker listens.
type Config struct {
	Conn          *Conn
	Worker        string // its name in durables, timers and dead letters
	Registry      *events.Registry
	DeadLetterKey []byte // the operator's public key, 32 bytes, X25519
	Logger        *slog.Logger

	Lanes     int                   // most messages handled at once; default 128
	Prefetch  int                   // messages held of one durable; default 500
	AnyOrder  bool                  // one user's messages may overtake each other: none waits behind another while a lane is free
	Heartbeat time.Duration         // default 500 ms
	Deadline  time.Duration         // of one handler's context; default 10 s
	Now       func() time.Time      // this machine's clock; default time.Now
	Metrics   prometheus.Registerer // nil: none
	Tracer    *trace.Tracer         // nil: nothing is traced
}

// A Router brings what a worker's durables deliver to its handlers and does with it what they return. The messages of one
// user, of whichever subscription, are handled one after the other unless Config.AnyOrder, up to Config.Lanes messages at once.
type Router struct {
	conf       Config
	publisher  *Publisher
	subscriber *Subscriber
	watermill  *message.Router
	metrics    *metrics
	clock      clock
	hands      hands
	rows       map[string]events.Type // by subscribed name
}

// New makes a Router that is not running yet.
func New(c Config) (*Router, error) {
	if len(c.DeadLetterKey) != 32 {
		return nil, errors.New("open router: Config.DeadLetterKey is not a 32-byte public key: dead letters cannot be sealed without")
	}
	c.Deadline = orDefault(c.Deadline, defaultDeadline)
	m, err := newMetrics(c.Metrics, c.Worker)
	if err != nil {
		return nil, fmt.Errorf("open router: register metrics: %w", err)
	}
	r := &Router{conf: c, metrics: m, rows: map[string]events.Type{}}
	if r.clock.machine = c.Now; c.Now == nil {
		r.clock.machine = time.Now
	}
	if r.publisher, err = NewPublisher(PublisherConfig{Conn: c.Conn}); err != nil {
		return nil, err
	}
	lanes := NewLanes(c.Lanes)
	m.watch(lanes)
	r.subscriber, err = NewSubscriber(SubscriberConfig{
		Conn: c.Conn, Locate: r.locate, LaneKey: c.laneKey(), Lanes: lanes, Prefetch: c.Prefetch, Heartbeat: c.Heartbeat, Logger: c.Logger,
		Deadline: c.Deadline, Bare: true,
	})
	if err != nil {
		return nil, err
	}
	m.oldest.watch(r.subscriber)
	r.watermill, err = message.NewRouter(message.RouterConfig{CloseTimeout: c.Deadline + closeWait}, quiet{c.Logger})
	if err != nil {
		return nil, fmt.Errorf("open router: %w", err)
	}
	r.watermill.AddMiddleware(m.observe, r.trace, r.dispose, r.hands.around, recoverPanic)
	return r, nil
}

func (c Config) laneKey() func(*Delivery) string {
	if c.AnyOrder {
		return func(*Delivery) string { return "" }
	}
	return LaneKey
}

// Run handles messages until ctx is done, Drain has finished or the durables are gone. It may be called once. An error says
// which subscription names no type of the registry, or which durable is not there.
func (r *Router) Run(ctx context.Context, subs []Subscription) error {
	names := make([]string, len(subs))
	for i, s := range subs {
		names[i] = s.Name
	}
	consumers, err := Consumers(r.conf.Registry, r.conf.Worker, names, Scale{})
	if err != nil {
		return err
	}
	if len(consumers) != len(subs) {
		return fmt.Errorf("subscribe %s: a fact is subscribed to twice", r.conf.Worker)
	}
	// Before Watermill begins: a subscription that fails there leaves a goroutine for ever.
	if err := r.present(ctx, consumers); err != nil {
		return err
	}
	for i, s := range subs {
		r.rows[s.Name], _ = r.conf.Registry.Lookup(s.Name)
		r.metrics.begin(s.Name)
		r.watermill.AddConsumerHandler(consumers[i].Durable, s.Name, r.subscriber, handle(s.Handle))
	}
	defer r.hands.close()
	if err := r.watermill.Run(ctx); err != nil {
		return fmt.Errorf("run router: %w", errors.Join(err, r.subscriber.Close()))
	}
	return r.subscriber.Close()
}

func (r *Router) present(ctx context.Context, consumers []Consumer) error {
	for _, c := range consumers {
		if _, err := r.subscriber.js.Consumer(ctx, c.Stream, c.Durable); err != nil {
			return fmt.Errorf("subscribe %s: read %s: %w (the streams are applied before the workers start)", r.conf.Worker, c.object(), err)
		}
		r.clock.of.Store(&c)
	}
	if len(consumers) == 0 { // it answers questions alone, and may ask for no durable's state
		return nil
	}
	_, _, err := r.ClockOffset(ctx) // no message comes before the time is known
	return err
}

// Running is closed when every subscription stands.
func (r *Router) Running() <-chan struct{} { return r.watermill.Running() }

// Drain pulls no more, waits until what is held is handled, or until ctx ends, and then closes. What is not handled by then
// goes back to the bus at once. Run returns after it.
func (r *Router) Drain(ctx context.Context) error {
	err := r.subscriber.Drain(ctx)
	if closed := r.watermill.Close(); closed != nil {
		err = errors.Join(err, fmt.Errorf("close router: %w", closed))
	}
	_ = r.conf.Conn.FlushTimeout(leaveWait) // what the bus does not hear it delivers again
	return err
}

// Publisher is the router's own, for use by handlers.
func (r *Router) Publisher() *Publisher { return r.publisher }

func (r *Router) locate(_ context.Context, name string) (stream, durable string, err error) {
	c, err := consumer(r.conf.Registry, r.conf.Worker, name, Scale{})
	return c.Stream, c.Durable, err
}

// handle gives a Handler the delivery as the bus gave it: Watermill's message has lost repeated headers.
func handle(h Handler) message.NoPublishHandlerFunc {
	return func(m *message.Message) error {
		return h(m.Context(), &heldOf(m.Context()).d)
	}
}
