package faults_test

import (
	"context"
	"fmt"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/replay"
)

// owners are who writes the streams of a kind.
var owners = map[string]string{
	worker.EnrollmentKind: "enroll", worker.GuardKind: "verify", worker.NotificationKind: "notifier", worker.RecoveryKind: "recovery",
}

// reached holds every commit to what the platform has heard: each of its events that leaves its stream.
func (s *storm) reached(ctx context.Context) error {
	registry := catalog.New()
	for _, kind := range replay.Kinds() {
		for c, err := range s.commits.All(ctx, kind) {
			if err != nil {
				return fmt.Errorf("read commits of %s: %w", kind, err)
			}
			for _, e := range c.Events {
				if t, _ := registry.Lookup(e.Type); t.Direction == events.Out && !s.Heard("/countersign/"+owners[kind], e.ID) {
					return notHeard(c, e)
				}
			}
		}
	}
	return nil
}

func notHeard(c eventstore.Commit, e eventstore.Event) error {
	return fmt.Errorf("version %d of %s has a %s that never reached the bus", c.Version, c.Stream, e.Type)
}
