package events

import "encoding/json"

// An Event is the data of one CloudEvent: what a platform reports or asks, or what a worker says happened.
type Event interface {
	// EventType is the wire name, a written constant such as "countersign.login.started.v1".
	EventType() string
	// UserID is the platform's user that the event is about, 1 to 256 bytes.
	UserID() string
	// Validate returns nil or a *FieldError that names the first field at fault and the remedy.
	Validate() error
}

// Recorded is an Event of which the stream keeps more than the bus is told: key numbers, time steps, ciphertexts. The
// record is stored beside the data and read by folds; it is never published.
type Recorded interface {
	Event
	// RecordPart returns a pointer to the record, which is encoded and decoded as JSON.
	RecordPart() any
}

// Direction says where events of a type travel.
type Direction string

const (
	In    Direction = "in"    // published by platforms and support tools, answered by a worker
	Out   Direction = "out"   // published by workers: facts
	Timer Direction = "timer" // a worker's message to itself, delivered when it is due
	Kept  Direction = "kept"  // stands in a stream only, never on the bus
)

// A Type is one row of the contract.
type Type struct {
	Entity    string // first word of the fact: "login"
	Fact      string // in the past tense: "started"
	Version   int    // of the data's shape, from 1
	Direction Direction
	Worker    string       // who handles an In or Timer, who says an Out; "" where any worker may
	Role      string       // In: the credential that may publish it: login, settings, support, approver, admin
	Answers   []string     // In: wire names of the events that answer it, beside request.rejected
	About     string       // one sentence for the catalogue
	New       func() Event // an empty event to decode into, never nil
}

// Name returns the wire name: countersign.<entity>.<fact>.v<version>.
func (t Type) Name() string { return typeName(t.Entity, t.Fact, t.Version) }

// Marshal encodes e as it travels (data) and as its stream keeps it (record; nil where there is none).
func Marshal(e Event) (data, record json.RawMessage, err error) {
	if data, err = json.Marshal(e); err != nil {
		return nil, nil, err
	}
	if r, ok := e.(Recorded); ok {
		record, err = json.Marshal(r.RecordPart())
	}
	return data, record, err
}
