package decider

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/eventstore"
)

// A Request is one message that asks for a decision: read, checked and attributed.
type Request struct {
	Platform   string // from the subject, the only one believed
	User       string // whole id, from the data
	UserKey    string
	Type       events.Type
	Envelope   events.Envelope
	Event      events.Event
	Cause      eventstore.Cause
	Digest     string    // keyed hash of the content: the same id with another content is not the same message
	At         time.Time // when the bus stored it
	Late       bool      // older than its route allows: answered as before, or too_late
	Sequence   uint64    // the bus's number of this sending
	Deliveries uint64    // 1 for the first
	content    []byte
}

// Derive names something new that r brings into the world: the same message gives the same name for ever.
func (r Request) Derive(what string) string {
	return events.DerivedID(r.Cause.Key(), what)
}

// Stream is the user's stream of a kind.
func (r Request) Stream(kind string) eventstore.Stream {
	return eventstore.Stream{Platform: r.Platform, Kind: kind, UserKey: r.UserKey}
}

// A Decision is what is to become of a request.
type Decision struct {
	Events []events.Event // the first is the answer
	Timers []Timer        // made due by the same commit
	Policy string         // hash of the policy that it was decided under
	// Uncommitted publishes Events without a commit, with ids that follow from the cause: for a waiver of a user without
	// any stream. Take says so of what Shares a commit.
	Uncommitted bool
}

// A Timer is an event that its own worker receives when At has come.
type Timer struct {
	Event events.Event // of a type with Direction Timer
	At    time.Time
}

// Refused is the decision to refuse r: the rejection becomes an event of the stream, so that the same question has the same
// answer for ever.
func Refused(r Request, why *events.Rejection) Decision {
	return Decision{Events: []events.Event{rejected(r, why)}}
}

func rejected(r Request, why *events.Rejection) *events.RequestRejected {
	return &events.RequestRejected{
		User: r.User, Cause: r.Envelope.ID, Type: r.Envelope.Type,
		Code: why.Code, Field: why.Field, Message: why.Message, RetryAt: why.RetryAt,
	}
}
