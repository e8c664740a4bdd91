package events

import (
	"encoding/json"
	"strconv"
	"time"
)

const (
	specVersion    = "1.0"
	mediaJSON      = "application/json"
	mediaEvent     = "application/cloudevents"
	mediaEventJSON = "application/cloudevents+json"

	headerContentType = "content-type"
	headerTrace       = "traceparent"
)

// Encode writes e in CloudEvents' binary mode: attributes as lower-case ce- headers, values percent-encoded, and the data
// as body. The error is that of Check.
func Encode(e Envelope) (Header, []byte, error) {
	if err := e.Check(); err != nil {
		return nil, nil, err
	}
	h, values := make(Header, maxHeaders), make([]string, 0, maxHeaders)
	set := func(name, value string) {
		values = append(values, value)
		h[name] = values[len(values)-1 : len(values) : len(values)]
	}
	set("ce-datacontenttype", mediaJSON)
	for _, a := range e.attributes() {
		if a.value != "" {
			set(headerNames[a.name], percentEncode(a.value))
		}
	}
	if wellFormedTrace(e.TraceParent) {
		set(headerTrace, e.TraceParent)
	}
	return h, e.Data, nil
}

// maxHeaders has room for every attribute, and for a message id, which the bus wants beside them.
const maxHeaders = 13

// EncodeStructured writes e as one JSON object in CloudEvents' JSON format. The error is that of Check.
func EncodeStructured(e Envelope) ([]byte, error) {
	if err := e.Check(); err != nil {
		return nil, err
	}
	o := map[string]any{"datacontenttype": mediaJSON, "data": e.Data}
	for _, a := range e.attributes() {
		if a.value != "" {
			o[a.name] = a.value
		}
	}
	if wellFormedTrace(e.TraceParent) {
		o[headerTrace] = e.TraceParent
	}
	return json.Marshal(o)
}

type namedValue struct{ name, value string }

func (e Envelope) attributes() [10]namedValue {
	return [10]namedValue{
		{"specversion", specVersion},
		{"id", e.ID},
		{"source", e.Source},
		{"type", e.Type},
		{"subject", e.Subject},
		{"time", timeText(e.Time)},
		{"causationid", e.CausationID},
		{"correlationid", e.CorrelationID},
		{"sequence", sequenceText(e.Sequence)},
		{"policyhash", e.PolicyHash},
	}
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func sequenceText(n uint64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(n, 10)
}
