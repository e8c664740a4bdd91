package decider

import (
	"fmt"
	"strconv"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/eventstore"
)

// outgoing makes messages of c's events; what is only kept in the stream stays there.
func (o *Outbox) outgoing(c eventstore.Commit, again, parent string) ([]bus.Outgoing, error) {
	out := make([]bus.Outgoing, 0, len(c.Events))
	for env := range envelopes(o.source, c) {
		env.TraceParent = parent
		m, ok, err := o.message(c.Stream.Platform, c.Stream.UserKey, env, again)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, m)
		}
	}
	return out, nil
}

// uncommitted makes messages of events that no commit holds; their ids follow from the cause and its content.
func (o *Outbox) uncommitted(r Request, answers []events.Event, parent string) ([]bus.Outgoing, error) {
	var out []bus.Outgoing
	cause := r.Envelope.ID
	for i, a := range answers {
		data, _, err := events.Marshal(a)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", a.EventType(), err)
		}
		id := eventID(r, r.Cause.Key(), i, a)
		env := envelope(o.source, eventstore.Event{ID: id, Type: a.EventType(), Data: data}, cause, r.At)
		env.TraceParent = parent
		m, ok, err := o.message(r.Platform, r.UserKey, env, sending(r))
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, m)
		}
		if i == 0 {
			cause = id
		}
	}
	return out, nil
}

// message is false for a type that never leaves its stream.
func (o *Outbox) message(platform, userkey string, env events.Envelope, again string) (bus.Outgoing, bool, error) {
	t, ok := o.Registry.Lookup(env.Type)
	if !ok {
		return bus.Outgoing{}, false, fmt.Errorf("publish %s: %w", env.Type, events.ErrUnknownType)
	}
	if t.Direction != events.Out {
		return bus.Outgoing{}, false, nil
	}
	header, body, err := events.Encode(env)
	if err != nil {
		return bus.Outgoing{}, false, fmt.Errorf("encode %s: %w", env.Type, err)
	}
	return bus.Outgoing{
		Subject: events.OutSubject(platform, t.Entity, t.Fact, userkey),
		MsgID:   events.MessageID(platform, env) + again, Header: header, Given: true, Body: body,
	}, true, nil
}

// timer makes the message that the bus delivers to this worker when t is due.
func (o *Outbox) timer(c eventstore.Commit, t eventstore.Timer, parent string) (bus.Scheduled, error) {
	typ, ok := o.Registry.Lookup(t.Type)
	if !ok {
		return bus.Scheduled{}, fmt.Errorf("schedule %s: %w", t.Type, events.ErrUnknownType)
	}
	env := envelope(o.source, eventstore.Event{ID: t.ID, Type: t.Type, Data: t.Data}, c.Cause.ID, c.At)
	env.Sequence, env.TraceParent = c.Version, parent
	header, body, err := events.Encode(env)
	if err != nil {
		return bus.Scheduled{}, fmt.Errorf("encode %s: %w", t.Type, err)
	}
	return bus.Scheduled{
		Platform: c.Stream.Platform, Worker: typ.Worker, Fact: typ.Fact, ID: t.ID, At: t.At, Header: header, Body: body,
	}, nil
}

// sending sets one asking apart from the next, so that the bus does not drop the repeated answer.
func sending(r Request) string { return "/" + strconv.FormatUint(r.Sequence, 10) }

func source(worker string) string { return "/countersign/" + worker }
