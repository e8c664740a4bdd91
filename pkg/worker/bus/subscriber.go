package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	defaultHeartbeat = 500 * time.Millisecond
	stuckAfter       = 30 * time.Second // longer than a handler may take
	leaveWait        = time.Second
)

// SubscriberConfig says how to subscribe. The durables exist already: Ensure makes them.
type SubscriberConfig struct {
	Conn      *Conn
	Locate    func(ctx context.Context, topic string) (stream, durable string, err error)
	LaneKey   func(*Delivery) string // default LaneKey; "" is of messages that may overtake each other
	Lanes     *Lanes                 // default 128 of its own
	Prefetch  int                    // messages held of one durable; default 500
	Heartbeat time.Duration          // how soon a lost request is noticed, by half; default 500 ms
	Logger    *slog.Logger           // required
	Deadline  time.Duration          // of one message's context; 0: it ends with the message
	Bare      bool                   // messages come without id and metadata: who handles them reads the delivery
}

// A Subscriber is Watermill's message.Subscriber over durable pull consumers. Closing it leaves the durables and gives back
// at once what it holds.
type Subscriber struct {
	conf SubscriberConfig
	js   jetstream.JetStream

	mu     sync.Mutex
	subs   map[*subscription]struct{}
	closed bool
}

var _ message.Subscriber = (*Subscriber)(nil)

// ErrClosed is returned by a Subscriber that is closed.
var ErrClosed = errors.New("subscriber is closed")

// NewSubscriber makes a Subscriber.
func NewSubscriber(c SubscriberConfig) (*Subscriber, error) {
	js, err := jetstream.New(c.Conn.Conn)
	if err != nil {
		return nil, fmt.Errorf("open subscriber: %w", err)
	}
	if c.LaneKey == nil {
		c.LaneKey = LaneKey
	}
	if c.Lanes == nil {
		c.Lanes = NewLanes(0)
	}
	c.Prefetch = orDefault(c.Prefetch, defaultPrefetch)
	c.Heartbeat = orDefault(c.Heartbeat, defaultHeartbeat)
	return &Subscriber{conf: c, js: js, subs: map[*subscription]struct{}{}}, nil
}

// Subscribe begins to deliver. The channel closes after ctx is done or the Subscriber is closed. A durable that is not there
// is an error.
func (s *Subscriber) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	stream, durable, err := s.conf.Locate(ctx, topic)
	if err != nil {
		return nil, fmt.Errorf("subscribe to %s: %w", topic, err)
	}
	c, err := s.js.Consumer(ctx, stream, durable)
	if err != nil {
		return nil, fmt.Errorf("subscribe to %s: read consumer %s of %s: %w", topic, durable, stream, err)
	}
	sub := s.subscription(ctx, topic, c.CachedInfo())
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fmt.Errorf("subscribe to %s: %w", topic, ErrClosed)
	}
	inbox, err := s.conf.Conn.Subscribe(sub.inbox, sub.receive)
	if err != nil {
		return nil, fmt.Errorf("subscribe to %s: open inbox: %w", topic, err)
	}
	s.subs[sub] = struct{}{}
	go s.serve(sub, inbox)
	return sub.out, nil
}

func (s *Subscriber) subscription(ctx context.Context, topic string, info *jetstream.ConsumerInfo) *subscription {
	sub := &subscription{
		conn: s.conf.Conn.Conn, log: s.conf.Logger, topic: topic, stream: info.Stream, durable: info.Name,
		laneKey: s.conf.LaneKey, lanes: s.conf.Lanes, bare: s.conf.Bare, deadline: s.conf.Deadline, ctx: ctx,
		out:     make(chan *message.Message),
		flow:    flow{prefetch: s.conf.Prefetch, heartbeat: s.conf.Heartbeat},
		inbox:   s.conf.Conn.NewInbox(),
		ackWait: info.Config.AckWait,
		arrived: make(chan struct{}, 1), stop: make(chan struct{}), closing: make(chan struct{}), ended: make(chan struct{}),
		held: map[*held]struct{}{}, back: map[uint64]returned{},
	}
	sub.idle = sync.NewCond(&sub.mu)
	sub.drain = sync.OnceFunc(func() { close(sub.stop) })
	sub.close = sync.OnceFunc(func() { close(sub.closing) })
	return sub
}

// serve ends when the subscription is closed and nothing of it is held.
func (s *Subscriber) serve(sub *subscription, inbox *nats.Subscription) {
	unhook := context.AfterFunc(sub.ctx, sub.close)
	defer unhook()
	sub.pull(inbox)
	sub.settled()
	close(sub.out)
	s.mu.Lock()
	delete(s.subs, sub)
	s.mu.Unlock()
	close(sub.ended)
}

// Drain stops pulling and waits until everything held is settled, or until ctx ends. Close comes next.
func (s *Subscriber) Drain(ctx context.Context) error {
	subs := s.all()
	for _, sub := range subs {
		sub.drain()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, sub := range subs {
			sub.settled()
		}
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("drain subscriber: %w", ctx.Err())
	}
}

// Close gives back what is held and waits until every channel is closed. The durables stay.
func (s *Subscriber) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	subs := s.all()
	for _, sub := range subs {
		sub.close()
	}
	for _, sub := range subs {
		<-sub.ended
	}
	return nil
}

func (s *Subscriber) all() []*subscription {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.subs))
}
