package faults_test

import (
	"context"
	"fmt"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/replay"
	"github.com/nats-io/nats.go/jetstream"
)

// owners are who writes the streams of a kind.
var owners = map[string]string{
	worker.EnrollmentKind: "enroll", worker.GuardKind: "verify", worker.NotificationKind: "notifier", worker.RecoveryKind: "recovery",
}

// reached holds every commit to what is on the bus: each of its events that leaves its stream.
func (s *storm) reached(ctx context.Context) error {
	there, err := s.onBus(ctx)
	if err != nil {
		return err
	}
	registry := catalog.New()
	for _, kind := range replay.Kinds() {
		for c, err := range s.commits.All(ctx, kind) {
			if err != nil {
				return fmt.Errorf("read commits of %s: %w", kind, err)
			}
			for _, e := range c.Events {
				if t, _ := registry.Lookup(e.Type); t.Direction == events.Out && !there["/countersign/"+owners[kind]+" "+e.ID] {
					return fmt.Errorf("version %d of %s has a %s that never reached the bus", c.Version, c.Stream, e.Type)
				}
			}
		}
	}
	return nil
}

// onBus is all that was ever said, by source and id.
func (s *storm) onBus(ctx context.Context) (map[string]bool, error) {
	there := map[string]bool{}
	out, err := s.streams.OrderedConsumer(ctx, bus.StreamOut, jetstream.OrderedConsumerConfig{HeadersOnly: true})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", bus.StreamOut, err)
	}
	for {
		batch, err := out.Fetch(1000, jetstream.FetchMaxWait(time.Second))
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", bus.StreamOut, err)
		}
		n := 0
		for m := range batch.Messages() {
			there[m.Headers().Get("ce-source")+" "+m.Headers().Get("ce-id")] = true
			n++
		}
		if n == 0 {
			return there, batch.Error()
		}
	}
}
