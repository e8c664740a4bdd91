package decider

import (
	"fmt"
	"iter"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/eventstore"
)

// Told are the messages that the worker which owns c's stream makes of it, as the bus has them, and beside that the policy that it was decided
// under: without what is only kept in the stream.
func Told(r *events.Registry, worker string, c eventstore.Commit) ([]events.Envelope, error) {
	var list []events.Envelope
	for env := range envelopes(source(worker), c) {
		t, ok := r.Lookup(env.Type)
		if !ok {
			return nil, fmt.Errorf("read %s: %w", env.Type, events.ErrUnknownType)
		}
		if t.Direction == events.Out {
			env.PolicyHash = c.Policy
			list = append(list, env)
		}
	}
	return list, nil
}

// envelopes are c's events. The first answers the cause, the others follow from the first.
func envelopes(source string, c eventstore.Commit) iter.Seq[events.Envelope] {
	return func(yield func(events.Envelope) bool) {
		cause := c.Cause.ID
		for i, e := range c.Events {
			env := envelope(source, e, cause, c.At)
			env.Sequence = c.Version
			if !yield(env) {
				return
			}
			if i == 0 {
				cause = e.ID
			}
		}
	}
}

func envelope(source string, e eventstore.Event, cause string, at time.Time) events.Envelope {
	about := events.ReadAbout(e.Data)
	return events.Envelope{
		ID: e.ID, Source: source, Type: e.Type, Subject: about.User, Time: at,
		CausationID: cause, CorrelationID: about.Correlation(), Data: e.Data,
	}
}
