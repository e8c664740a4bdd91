package decider

import (
	"fmt"
	"strconv"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/eventstore"
)

// commit writes the decision down as the stream's next version.
func (h *Handler[S]) commit(r Request, l eventstore.Loaded[S], d Decision, now time.Time) (eventstore.Commit, error) {
	c := eventstore.Commit{
		Stream: l.Stream, Cause: r.Cause, Digest: r.Digest, At: now, Policy: d.Policy, User: r.User,
	}
	var err error
	if c.Events, err = stored(r, d.Events); err != nil {
		return c, err
	}
	if c.Timers, err = timers(r.Cause, d.Timers); err != nil {
		return c, err
	}
	return eventstore.Next(l, h.Fold, c)
}

// stored encodes events under ids that follow from their cause.
func stored(r Request, decided []events.Event) ([]eventstore.Event, error) {
	out := make([]eventstore.Event, len(decided))
	for i, e := range decided {
		data, record, err := events.Marshal(e)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", e.EventType(), err)
		}
		out[i] = eventstore.Event{ID: eventID(r, i, e), Type: e.EventType(), Data: data, Record: record}
	}
	return out, nil
}

// eventID names the event in place i of what r led to, with a commit or without: an answer that shared one, and is given again with one of its own,
// is a repeat to whoever hears it.
func eventID(r Request, i int, e events.Event) string {
	return events.DerivedID(r.Cause.Key(), "answer", e.EventType(), strconv.Itoa(i), r.Digest)
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
