package decider

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/eventstore"
)

// A Route says who decides messages of a type.
type Route struct {
	Type   string        // wire name
	MaxAge time.Duration // on the bus; older is too_late; 0: any age
	Handle func(ctx context.Context, r Request) error
}

// Rules are what a platform's policy says of its messages before anything is decided.
type Rules struct {
	PersonalIDs bool // user ids may be addresses or phone numbers
}

// Intake reads messages for a worker's routes. Bad input costs its sender only: it is answered with request.rejected,
// or is a dead letter where no answer can be addressed.
type Intake struct {
	Registry  *events.Registry
	Platforms func(name string) (Rules, bool)
	Digester  Digester
	Outbox    *Outbox
	Now       func() time.Time
}

// Subscriptions makes the worker's table on the bus of its routes.
func (in *Intake) Subscriptions(routes []Route) []bus.Subscription {
	var subs []bus.Subscription
	for _, route := range routes {
		subs = append(subs, bus.Subscription{Name: route.Type, Handle: in.handler(route)})
	}
	return subs
}

func (in *Intake) handler(route Route) bus.Handler {
	return func(ctx context.Context, d *bus.Delivery) error {
		r, err := in.read(d)
		if why, ok := errors.AsType[*events.Rejection](err); ok {
			r.addressee()
			return in.Outbox.Reject(ctx, in.unnamed(r), why)
		}
		if err != nil {
			return err
		}
		r.Late = route.MaxAge > 0 && in.Now().Sub(r.At) > route.MaxAge
		return route.Handle(ctx, r)
	}
}

// read returns a *events.Rejection for what can be answered, and bus.Discard for what cannot.
func (in *Intake) read(d *bus.Delivery) (Request, error) {
	r := Request{At: d.Stored, Sequence: d.Sequence, Deliveries: d.Deliveries, UserKey: events.NoUser}
	subject, err := events.ParseSubject(d.Subject)
	if err != nil {
		return r, bus.Discard("subject", err)
	}
	r.Platform = subject.Platform
	r.Envelope, err = events.Decode(events.Header(d.Header), d.Body)
	r.Cause = eventstore.Cause{Origin: subject.Direction, Platform: r.Platform, Source: r.Envelope.Source, ID: r.Envelope.ID}
	switch {
	case err != nil && r.Envelope.ID == "":
		return r, bus.Discard("malformed", err)
	case err != nil:
		return r, in.refuse(subject, err)
	}
	return in.open(r, subject)
}

func (in *Intake) open(r Request, subject events.Subject) (Request, error) {
	rules, ok := in.Platforms(r.Platform)
	if !ok {
		return r, in.refuse(subject, &events.Rejection{Code: events.UnknownPlatform, Message: "this platform has no policy here: add it to the policy file"})
	}
	var err error
	if r.Type, err = in.typeOf(r.Envelope, subject); err != nil {
		return r, in.refuse(subject, err)
	}
	if r.Event, err = in.Registry.Decode(r.Envelope.Type, r.Envelope.Data); err != nil {
		return r, in.refuse(subject, err)
	}
	r.User = r.Event.UserID()
	r.UserKey = events.UserKey(r.Platform, r.User)
	if err := checkUser(r, rules); err != nil {
		return r, in.refuse(subject, err)
	}
	return in.digest(r)
}

func (in *Intake) digest(r Request) (Request, error) {
	data, _, err := events.Marshal(r.Event)
	if err != nil {
		return r, fmt.Errorf("encode %s: %w", r.Envelope.Type, err)
	}
	if data, err = unsealed(data); err != nil {
		return r, fmt.Errorf("encode %s: %w", r.Envelope.Type, err)
	}
	r.content = slices.Concat([]byte(r.Envelope.Type), []byte{0}, data)
	r.Digest = in.Digester.Digest(r.content)
	return r, nil
}

// unsealed leaves out what is sealed: one text sealed twice looks like two, and a platform that asks again after its death has
// only the text.
func unsealed(data json.RawMessage) (json.RawMessage, error) {
	if !bytes.Contains(data, []byte(`"sealed_`)) {
		return data, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, err
	}
	maps.DeleteFunc(fields, func(name string, _ json.RawMessage) bool { return strings.HasPrefix(name, "sealed_") })
	return json.Marshal(fields)
}

// typeOf holds ce-type and subject to each other: the subject is what permissions were checked on.
func (in *Intake) typeOf(env events.Envelope, s events.Subject) (events.Type, error) {
	t, ok := in.Registry.Lookup(env.Type)
	if !ok {
		_, err := in.Registry.Decode(env.Type, env.Data) // says whether the type or the version is unknown
		return t, err
	}
	agree := t.Direction == s.Direction && t.Fact == s.Fact && (t.Entity == s.Entity || s.Direction == events.Timer && t.Worker == s.Worker)
	if !agree {
		return t, errDisagree
	}
	return t, nil
}

var errDisagree = &events.FieldError{Field: "ce-type", Problem: "does not agree with the subject that it was published on"}

func checkUser(r Request, rules Rules) error {
	switch {
	case r.Envelope.Subject != "" && r.Envelope.Subject != r.User:
		return &events.FieldError{Field: "ce-subject", Problem: "names another user than data.user: leave it out or make them equal"}
	case r.Type.Direction == events.In && !rules.PersonalIDs && events.LooksPersonal(r.User):
		return events.Fault("user", "looks like an email address or a phone number, and ids stay in the history for ever: send an opaque id, "+
			"such as your user table's key or an HMAC of the address under a key of yours, or set user_ids: any in the platform's policy")
	}
	return nil
}

// unnamed leaves a user out of the refusal whose id is an address or a number: the bus keeps refusals for days. The subject still
// has the userkey, so that whoever listens for the user hears the remedy.
func (in *Intake) unnamed(r Request) Request {
	if rules, _ := in.Platforms(r.Platform); !rules.PersonalIDs && events.LooksPersonal(r.User) {
		r.User = ""
	}
	return r
}

// refuse answers what a platform sent; a worker's own message that cannot be read waits for a worker that can.
func (in *Intake) refuse(s events.Subject, err error) error {
	if s.Direction != events.In {
		return bus.RetryAfter(time.Second, errors.New(err.Error())) // no longer a rejection: there is nobody to answer
	}
	if why := events.Reject(err); why != nil {
		return why
	}
	return err
}

// addressee reads whom a message is about even if the rest of it is bad, so that the answer finds its way.
func (r *Request) addressee() {
	if r.Event != nil { // all of it was read
		return
	}
	var data struct {
		User string `json:"user"`
	}
	if json.Unmarshal(r.Envelope.Data, &data) == nil && data.User != "" && len(data.User) <= events.MaxUser {
		r.User, r.UserKey = data.User, events.UserKey(r.Platform, data.User)
	}
}
