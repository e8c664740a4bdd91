package decider_test

import (
	"context"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
)

// A tally is the smallest stream that has everything: it counts what it is asked to add.

const (
	askedType   = "countersign.tally.asked.v1"
	countedType = "countersign.tally.counted.v1"
	notedType   = "countersign.tally.noted.v1"
	dueType     = "countersign.tally.due.v1"
)

type asked struct {
	User string `json:"user"`
	Add  int    `json:"add"`

	SealedNote string `json:"sealed_note,omitempty"`
}

func (*asked) EventType() string { return askedType }
func (e *asked) UserID() string  { return e.User }
func (e *asked) Validate() error {
	if e.Add < 0 {
		return events.Fault("add", "is negative: send 0 or more")
	}
	return events.Text("user", e.User, events.MaxUser)
}

type counted struct {
	User    string `json:"user"`
	LoginID string `json:"login_id"`
	Sum     int    `json:"sum"`
}

func (*counted) EventType() string { return countedType }
func (e *counted) UserID() string  { return e.User }
func (e *counted) Validate() error { return nil }

type noted struct {
	User string `json:"user"`
}

func (*noted) EventType() string { return notedType }
func (e *noted) UserID() string  { return e.User }
func (e *noted) Validate() error { return nil }

type due struct {
	User string `json:"user"`
}

func (*due) EventType() string { return dueType }
func (e *due) UserID() string  { return e.User }
func (e *due) Validate() error { return nil }

func registry() *events.Registry { return registryOf("login") }

func registryOf(role string) *events.Registry {
	r, err := events.NewRegistry(append(events.Types(),
		events.Type{Entity: "tally", Fact: "asked", Version: 1, Direction: events.In, Role: role, Answers: []string{countedType}, New: func() events.Event { return new(asked) }},
		events.Type{Entity: "tally", Fact: "counted", Version: 1, Direction: events.Out, Worker: "verify", New: func() events.Event { return new(counted) }},
		events.Type{Entity: "tally", Fact: "noted", Version: 1, Direction: events.Kept, Worker: "verify", New: func() events.Event { return new(noted) }},
		events.Type{Entity: "tally", Fact: "due", Version: 1, Direction: events.Timer, Worker: "verify", New: func() events.Event { return new(due) }},
	), nil)
	if err != nil {
		panic(err)
	}
	return r
}

type tally struct {
	Sum     int       `json:"sum"`
	QuietAt time.Time `json:"quiet_at,omitzero"`
}

func (s tally) Quiet(answer events.Event) (time.Time, bool) {
	_, refused := answer.(*events.RequestRejected)
	return s.QuietAt, refused
}

func tallyFold(r *events.Registry) eventstore.Fold[tally] {
	return eventstore.Fold[tally]{Kind: "guard", Number: 1, Decode: r.DecodeStored, Evolve: func(s tally, e events.Event, at time.Time) (tally, error) {
		if _, quiet := s.Quiet(e); quiet {
			s.QuietAt = at
		}
		if c, ok := e.(*counted); ok {
			s.Sum = c.Sum
		}
		return s, nil
	}}
}

// add decides as a good decider does: a sum above 100 is refused.
func add(r decider.Request) decider.Decide[tally] {
	return func(_ context.Context, l eventstore.Loaded[tally], now time.Time) (decider.Decision, error) {
		a := r.Event.(*asked)
		sum := l.State.Sum + a.Add
		if sum > 100 {
			return decider.Decision{}, &events.Rejection{Code: events.WrongState, Message: "is full: ask for less"}
		}
		return decider.Decision{
			Events: []events.Event{&counted{User: r.User, LoginID: "l1", Sum: sum}, &noted{User: r.User}},
			Timers: []decider.Timer{{Event: &due{User: r.User}, At: now.Add(time.Minute)}},
		}, nil
	}
}
