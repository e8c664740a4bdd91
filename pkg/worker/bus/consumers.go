package bus

import (
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"countersign/pkg/events"
)

const (
	ackWait         = 30 * time.Second
	defaultPrefetch = 500 // fewer can stall: the client asks again only when half is used up
	defaultReplicas = 4
)

// A Consumer is one durable consumer: a filter on a stream, shared by all replicas of a worker or of a platform.
type Consumer struct {
	Stream  string
	Durable string // <worker>-<entity>-<fact>, or the platform's name
	Filter  string
	Room    int // messages that may be delivered and not yet acknowledged, over all replicas
}

// Scale says how many messages a worker's consumers may hold.
type Scale struct {
	Prefetch int // messages that one replica holds of one consumer; default 500
	Replicas int // most replicas of the worker at once; default 4
}

func (s Scale) room() int {
	if s.Prefetch <= 0 {
		s.Prefetch = defaultPrefetch
	}
	if s.Replicas <= 0 {
		s.Replicas = defaultReplicas
	}
	return s.Prefetch * s.Replicas
}

// Consumers returns the durables of a worker that listens to the types with the wire names given. An error names a type that
// is unknown, that another worker handles, or that never travels.
func Consumers(r *events.Registry, worker string, names []string, s Scale) ([]Consumer, error) {
	var all []Consumer
	seen := map[string]bool{}
	for _, name := range names {
		c, err := consumer(r, worker, name, s)
		if err != nil {
			return nil, err
		}
		if !seen[c.Durable] {
			all = append(all, c)
		}
		seen[c.Durable] = true
	}
	return all, nil
}

func consumer(r *events.Registry, worker, name string, s Scale) (Consumer, error) {
	t, ok := r.Lookup(name)
	if !ok {
		return Consumer{}, fmt.Errorf("subscribe %s to %s: the registry has no such type", worker, name)
	}
	if t.Worker != worker && t.Direction != events.Out {
		return Consumer{}, fmt.Errorf("subscribe %s to %s: %q handles it", worker, name, t.Worker)
	}
	c := Consumer{Durable: worker + "-" + t.Entity + "-" + t.Fact, Room: s.room()}
	switch t.Direction {
	case events.In:
		c.Stream, c.Filter = StreamIn, events.InSubject("*", t.Entity, t.Fact)
	case events.Out:
		c.Stream, c.Filter = StreamOut, events.OutSubject("*", t.Entity, t.Fact, "*")
	case events.Timer:
		c.Stream, c.Filter = StreamTimer, events.TimerSubject("*", worker, t.Fact)
	default:
		return Consumer{}, fmt.Errorf("subscribe %s to %s: it is never on the bus", worker, name)
	}
	return c, nil
}

// PlatformConsumer is the one durable that a platform pulls its records from.
func PlatformConsumer(platform string) Consumer {
	return Consumer{Stream: StreamOut, Durable: platform, Filter: "mfa." + platform + ".out.>", Room: Scale{}.room()}
}

// config never bounds deliveries: a message that the worker cannot handle becomes a dead letter by the worker's word, never
// by the bus's count, which drops silently.
func (c Consumer) config() jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable:       c.Durable,
		FilterSubject: c.Filter,
		DeliverPolicy: jetstream.DeliverAllPolicy,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       ackWait,
		MaxDeliver:    -1,
		MaxAckPending: c.Room,
		Metadata:      consumerChecks(c.Room),
	}
}
