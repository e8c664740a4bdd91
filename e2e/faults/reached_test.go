package faults_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
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

// reached holds every commit to what is on the bus: each of its events that leaves its stream. Commits are read first, and time goes on: a challenge
// may expire meanwhile, and what was committed a moment ago is on its way, or the Sweeper's.
func (s *storm) reached(ctx context.Context) error {
	said, err := s.leaving(ctx)
	for until := time.Now().Add(sweeping); err == nil; {
		there, failed := s.onBus(ctx)
		if failed != nil {
			return failed
		}
		maps.DeleteFunc(said, func(event, _ string) bool { return there[event] })
		if len(said) == 0 {
			return nil
		}
		if time.Now().After(until) {
			return fmt.Errorf("%d events never reached the bus, as %s", len(said), slices.Sorted(maps.Values(said))[0])
		}
	}
	return err
}

// sweeping is longer than a worker takes to publish what another left.
const sweeping = 30 * time.Second

// leaving is where each event stands that leaves its stream, by source and id.
func (s *storm) leaving(ctx context.Context) (map[string]string, error) {
	said, registry := map[string]string{}, catalog.New()
	for _, kind := range replay.Kinds() {
		for c, err := range s.commits.All(ctx, kind) {
			if err != nil {
				return nil, fmt.Errorf("read commits of %s: %w", kind, err)
			}
			for _, e := range c.Events {
				if t, _ := registry.Lookup(e.Type); t.Direction == events.Out {
					said["/countersign/"+owners[kind]+" "+e.ID] = fmt.Sprintf("%s in version %d of %s", e.Type, c.Version, c.Stream)
				}
			}
		}
	}
	return said, nil
}

// onBus is all that was ever said, by source and id. It reads to the end: on a busy machine the next messages may be a while in coming.
func (s *storm) onBus(ctx context.Context) (map[string]bool, error) {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	there := map[string]bool{}
	said, err := s.streams.Stream(ctx, bus.StreamOut)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", bus.StreamOut, err)
	}
	out, err := said.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{HeadersOnly: true})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", bus.StreamOut, err)
	}
	for last, at := said.CachedInfo().State.LastSeq, uint64(0); at < last; {
		batch, err := out.Fetch(1000, jetstream.FetchMaxWait(time.Second))
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, fmt.Errorf("read %s to %d of %d: %w", bus.StreamOut, at, last, err)
		}
		for m := range batch.Messages() {
			there[m.Headers().Get("ce-source")+" "+m.Headers().Get("ce-id")] = true
			if meta, err := m.Metadata(); err == nil {
				at = meta.Sequence.Stream
			}
		}
	}
	return there, nil
}
