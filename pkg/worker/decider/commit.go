package decider

import (
	"fmt"
	"strconv"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/eventstore"
)

// advance is the stream with the decision as its next version.
func (h *Handler[S]) advance(r Request, l eventstore.Loaded[S], d Decision, now time.Time) (next eventstore.Loaded[S], err error) {
	c := eventstore.Commit{
		Stream: l.Stream, Cause: r.Cause, Digest: r.Digest, At: now, Policy: d.Policy, User: r.User,
	}
	if c.Events, err = stored(r, d.Events); err != nil {
		return next, err
	}
	if c.Timers, err = timers(r.Cause, d.Timers); err != nil {
		return next, err
	}
	return eventstore.Advance(l, h.Fold, c, h.Outbox.asRead(d.Events)...)
}

// asRead is what was decided, if it is what will be read of it: a type that later becomes another one is folded as that one, for which it has to be
// encoded and decoded. That nothing else changes on the way is what package catalog tests of every type.
func (o *Outbox) asRead(decided []events.Event) []events.Event {
	for _, e := range decided {
		if !o.Registry.Latest(e.EventType()) {
			return nil
		}
	}
	return decided
}

// stored encodes events under ids that follow from their cause.
func stored(r Request, decided []events.Event) ([]eventstore.Event, error) {
	out, cause := make([]eventstore.Event, len(decided)), r.Cause.Key()
	for i, e := range decided {
		data, record, err := events.Marshal(e)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", e.EventType(), err)
		}
		out[i] = eventstore.Event{ID: eventID(r, cause, i, e), Type: e.EventType(), Data: data, Record: record}
	}
	return out, nil
}

// eventID names the event in place i of what r led to, with a commit or without: an answer that shared one, and is given again with one of its own,
// is a repeat to whoever hears it.
func eventID(r Request, cause string, i int, e events.Event) string {
	return events.DerivedID(cause, "answer", e.EventType(), strconv.Itoa(i), r.Digest)
}

func timers(cause eventstore.Cause, wished []Timer) ([]eventstore.Timer, error) {
	var out []eventstore.Timer
	for i, t := range wished {
		data, _, err := events.Marshal(t.Event)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", t.Event.EventType(), err)
		}
		id := events.DerivedID(cause.Key(), "timer", strconv.Itoa(i))
		out = append(out, eventstore.Timer{ID: id, Type: t.Event.EventType(), At: t.At, Data: data})
	}
	return out, nil
}
