package otlptest

import (
	"encoding/hex"
	"fmt"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	protocol "go.opentelemetry.io/proto/otlp/trace/v1"
)

// A Span is what a test asks of one.
type Span struct {
	Service           string // service.name of its process
	Name, Kind        string
	Trace, ID, Parent string // in hex; no Parent: a trace begins with it
	Failed            bool
	Start, End        time.Time
	Tells             map[string]string // its attributes
}

func read(sent *collector.ExportTraceServiceRequest) (spans []Span) {
	for _, of := range sent.GetResourceSpans() {
		service := ""
		for _, a := range of.GetResource().GetAttributes() {
			if a.GetKey() == "service.name" {
				service = a.GetValue().GetStringValue()
			}
		}
		for _, scope := range of.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				spans = append(spans, readSpan(service, s))
			}
		}
	}
	return spans
}

func readSpan(service string, s *protocol.Span) Span {
	read := Span{
		Service: service, Name: s.GetName(), Kind: s.GetKind().String(),
		Trace: hex.EncodeToString(s.GetTraceId()), ID: hex.EncodeToString(s.GetSpanId()), Parent: hex.EncodeToString(s.GetParentSpanId()),
		Failed: s.GetStatus().GetCode() == protocol.Status_STATUS_CODE_ERROR,
		Start:  time.Unix(0, int64(s.GetStartTimeUnixNano())), End: time.Unix(0, int64(s.GetEndTimeUnixNano())), Tells: map[string]string{},
	}
	for _, a := range s.GetAttributes() {
		if text := a.GetValue().GetStringValue(); text != "" {
			read.Tells[a.GetKey()] = text
		} else {
			read.Tells[a.GetKey()] = fmt.Sprint(a.GetValue().GetIntValue())
		}
	}
	return read
}
