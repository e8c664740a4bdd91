package events

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// Bounds of a message and of its attributes, in bytes.
const (
	MaxMessage = 64 << 10 // body of a message; the bus refuses longer ones of a platform
	MaxSource  = 256
	MaxType    = 128
)

// ErrTooLarge is returned for a body above MaxMessage.
var ErrTooLarge = errors.New("message is too large")

// An Envelope is a CloudEvents 1.0 event with the extensions that the contract uses. ID, Source, Type and Data are
// required; texts are valid UTF-8 without control characters.
type Envelope struct {
	ID            string          // 1 to 128 bytes, unique within Source for ever
	Source        string          // who says it: a URI reference of 1 to 256 bytes; the workers' is /countersign/<worker>
	Type          string          // wire name of at most 128 bytes
	Subject       string          // the user, at most 256 bytes; may be empty on the way in
	Time          time.Time       // when the sender says it happened: told, never believed; zero where it is absent
	CausationID   string          // ID of the event that this one answers, at most 128 bytes
	CorrelationID string          // login_id, else recovery_id, else enrollment_id; at most 128 bytes
	Sequence      uint64          // version of the stream that the event stands in; 0 where it is absent
	PolicyHash    string          // of the policy that it was decided under, in hex, at most 128 bytes: in user.timeline alone
	TraceParent   string          // W3C trace context; one that is not well formed is dropped
	Data          json.RawMessage // the event's data: one JSON value in UTF-8
}

// Header holds a message's headers; nats.Header converts to it.
type Header = map[string][]string

// Check returns nil or a *FieldError that names the first attribute at fault as it is called in a header.
func (e Envelope) Check() error {
	return First(
		attribute("ce-id", e.ID, 1, MaxID),
		attribute("ce-source", e.Source, 1, MaxSource),
		attribute("ce-type", e.Type, 1, MaxType),
		attribute("ce-subject", e.Subject, 0, MaxUser),
		attribute("ce-causationid", e.CausationID, 0, MaxID),
		attribute("ce-correlationid", e.CorrelationID, 0, MaxID),
		attribute("ce-policyhash", e.PolicyHash, 0, MaxID),
		checkTime(e.Time),
		checkData(e.Data),
	)
}

// dropOdd clears the texts that Check refuses: whoever answers repeats them.
func (e *Envelope) dropOdd() {
	for _, a := range []struct {
		text *string
		most int
	}{{&e.ID, MaxID}, {&e.Source, MaxSource}, {&e.Type, MaxType}, {&e.Subject, MaxUser}, {&e.CausationID, MaxID}, {&e.CorrelationID, MaxID}, {&e.PolicyHash, MaxID}} {
		if attribute("", *a.text, 0, a.most) != nil {
			*a.text = ""
		}
	}
}

func attribute(name, value string, least, most int) error {
	if len(value) < least {
		return Fault(name, "is missing: set it to 1 to %d bytes", most)
	}
	if len(value) > most {
		return Fault(name, "is %d bytes long: at most %d are allowed", len(value), most)
	}
	return plain(name, value)
}

// checkTime refuses what RFC 3339 cannot write.
func checkTime(t time.Time) error {
	if y := t.UTC().Year(); !t.IsZero() && (y < 1 || y > 9999) {
		return Fault("ce-time", "has a year beyond 1 to 9999: set it to an RFC 3339 time")
	}
	return nil
}

func checkData(data []byte) error {
	switch {
	case len(data) == 0:
		return Fault("data", "is missing: send one JSON object")
	case len(data) > MaxMessage:
		return fmt.Errorf("%w: %d bytes of data, at most %d are allowed", ErrTooLarge, len(data), MaxMessage)
	case !utf8.Valid(data):
		return Fault("data", "is not UTF-8: encode the JSON as UTF-8")
	case !json.Valid(data):
		return Fault("data", "is not JSON: send one JSON object")
	}
	return nil
}
