package events_test

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
)

const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

func whole() events.Envelope {
	return events.Envelope{
		ID: "4f1c 100% \"é\"", Source: "/shop/web", Type: "countersign.login.started.v1", Subject: "u-1842",
		Time:        time.Date(2026, 1, 2, 15, 4, 5, 600, time.UTC),
		CausationID: "c-1", CorrelationID: "login-1", Sequence: 7, PolicyHash: "abc1", TraceParent: trace,
		Data: json.RawMessage(`{"user":"u-1842"}`),
	}
}

func least() events.Header {
	return events.Header{"ce-specversion": {"1.0"}, "ce-id": {"1"}, "ce-source": {"/shop"}, "ce-type": {"t"}}
}

func with(name string, values ...string) events.Header {
	h := least()
	delete(h, strings.ToLower(name))
	h[name] = values
	return h
}

func twoSpellings() events.Header {
	h := least()
	h["Ce-Id"] = []string{"1"}
	return h
}

func TestEncodeThenDecodeGivesTheSameEnvelope(t *testing.T) {
	h, body, err := events.Encode(whole())
	if err != nil {
		t.Fatal(err)
	}
	text, err := events.EncodeStructured(whole())
	if err != nil {
		t.Fatal(err)
	}
	for mode, decode := range map[string]func() (events.Envelope, error){
		"binary":     func() (events.Envelope, error) { return events.Decode(h, body) },
		"bare":       func() (events.Envelope, error) { return events.Decode(nil, text) },
		"structured": func() (events.Envelope, error) { return events.Decode(structured(), text) },
	} {
		if got, err := decode(); err != nil || !reflect.DeepEqual(got, whole()) {
			t.Errorf("%s: got %+v, %v", mode, got, err)
		}
	}
}

func structured() events.Header {
	return events.Header{"Content-Type": {"application/cloudevents+json; charset=utf-8"}}
}

func TestEncodeWritesWhatTheContractSays(t *testing.T) {
	h, body, err := events.Encode(whole())
	want := events.Header{
		"ce-specversion": {"1.0"}, "ce-id": {"4f1c%20100%25%20%22%C3%A9%22"}, "ce-source": {"/shop/web"},
		"ce-type": {"countersign.login.started.v1"}, "ce-subject": {"u-1842"}, "ce-time": {"2026-01-02T15:04:05.0000006Z"},
		"ce-causationid": {"c-1"}, "ce-correlationid": {"login-1"}, "ce-sequence": {"7"}, "ce-policyhash": {"abc1"},
		"ce-datacontenttype": {"application/json"}, "traceparent": {trace},
	}
	if err != nil || !maps.EqualFunc(h, want, func(a, b []string) bool { return reflect.DeepEqual(a, b) }) {
		t.Errorf("got %v, %v", h, err)
	}
	if string(body) != `{"user":"u-1842"}` {
		t.Errorf("body %s", body)
	}
}

func TestDecodeReadsHeadersOfHandWrittenClients(t *testing.T) {
	for name, h := range map[string]events.Header{
		"names in any case":                        with("CE-Id", "1"),
		"the content type as plain header":         with("Content-Type", "application/json"),
		"a content type with parameters":           with("ce-datacontenttype", "application/json; charset=utf-8"),
		"spaces around a value":                    with("ce-id", "  1 "),
		"attributes that nobody knows, even twice": with("ce-partitionkey", "a", "b"),
		"a trace that is broken":                   with("traceparent", "00-zz"),
		"a trace as OpenTelemetry writes it":       with("Traceparent", trace),
		"a header without values":                  with("ce-time"),
	} {
		if e, err := events.Decode(h, []byte(`{}`)); err != nil || e.ID != "1" || e.Source != "/shop" {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
}

func TestTimesAreReadInUTC(t *testing.T) {
	e, err := events.Decode(with("ce-time", "2026-01-02T16:04:05.5+01:00"), []byte(`{}`))
	if want := time.Date(2026, 1, 2, 15, 4, 5, 5e8, time.UTC); err != nil || e.Time != want {
		t.Errorf("got %v, %v", e.Time, err)
	}
}

func TestDecodeNamesTheHeaderAtFault(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, c := range []struct {
		name, field string
		header      events.Header
	}{
		{"an id that stands there twice", "ce-id", with("ce-id", "1", "1")},
		{"an id in two spellings", "ce-id", twoSpellings()},
		{"a content type that stands there twice", "content-type", with("content-type", "application/json", "text/plain")},
		{"no version", "ce-specversion", with("ce-specversion")},
		{"another version", "ce-specversion", with("ce-specversion", "0.3")},
		{"no id", "ce-id", with("ce-id", "")},
		{"an id that is too long", "ce-id", with("ce-id", long)},
		{"an id with a line break", "ce-id", with("ce-id", "a%0Ab")},
		{"an id that is not UTF-8", "ce-id", with("ce-id", "%FF")},
		{"an id with a bare percent", "ce-id", with("ce-id", "100%")},
		{"no source", "ce-source", with("ce-source", "")},
		{"no type", "ce-type", with("ce-type", "")},
		{"a subject that is too long", "ce-subject", with("ce-subject", long)},
		{"a time of another form", "ce-time", with("ce-time", "yesterday")},
		{"a sequence that is no number", "ce-sequence", with("ce-sequence", "-1")},
		{"a body that is not JSON by its header", "ce-datacontenttype", with("ce-datacontenttype", "text/xml")},
		{"a format that is not read", "content-type", events.Header{"content-type": {"application/cloudevents-batch+json"}}},
		{"two traces", "traceparent", with("traceparent", trace, trace)},
		{"no header at all", "ce-specversion", nil},
	} {
		_, err := events.Decode(c.header, []byte(`{}`))
		if r := checkField(t, c.name, err, c.field); r.Code != events.Malformed {
			t.Errorf("%s: code %s", c.name, r.Code)
		}
	}
}

func checkField(t *testing.T, name string, err error, field string) *events.Rejection {
	t.Helper()
	var f *events.FieldError
	if !errors.As(err, &f) || f.Field != field {
		t.Errorf("%s: want an error at %s, got %v", name, field, err)
		return &events.Rejection{}
	}
	return events.Reject(err)
}

func TestDecodeNamesWhatIsWrongWithABody(t *testing.T) {
	for _, c := range []struct {
		name, field, body string
		header            events.Header
	}{
		{"no body", "data", "", least()},
		{"broken JSON", "data", `{"user":`, least()},
		{"two JSON values", "data", `{} {}`, least()},
		{"bytes that are not UTF-8", "data", "{\"user\":\"\xff\"}", least()},
		{"structured without data", "data", `{"specversion":"1.0","id":"1","source":"s","type":"t"}`, nil},
		{"structured with data in base64", "data", `{"specversion":"1.0","id":"1","source":"s","type":"t","data_base64":"e30="}`, nil},
		{"structured with an id that is a number", "ce-id", `{"specversion":"1.0","id":1,"source":"s","type":"t","data":{}}`, nil},
		{"structured with two ids", "ce-id", `{"specversion":"1.0","id":"1","id":"2","source":"s","type":"t","data":{}}`, nil},
		{"structured that is a list", "data", `[]`, structured()},
		{"structured that is not UTF-8", "data", "{\"id\":\"\xff\"}", structured()},
	} {
		_, err := events.Decode(c.header, []byte(c.body))
		checkField(t, c.name, err, c.field)
	}
}

func TestDecodeKeepsWhatARejectionNeeds(t *testing.T) {
	e, err := events.Decode(with("ce-time", "never"), []byte(`{"user":`))
	if err == nil || e.ID != "1" || e.Type != "t" {
		t.Errorf("got %+v, %v", e, err)
	}
	e, err = events.Decode(with("ce-id", strings.Repeat("x", 129)), []byte(`{}`))
	if err == nil || e.ID != "" || e.Source != "/shop" {
		t.Errorf("an id that no answer can repeat: %+v, %v", e, err)
	}
	e, err = events.Decode(least(), make([]byte, events.MaxMessage+1))
	if !errors.Is(err, events.ErrTooLarge) || e.ID != "1" || events.Reject(err).Code != events.TooLarge {
		t.Errorf("got %+v, %v", e, err)
	}
}

func TestErrorsNeverHoldTheValue(t *testing.T) {
	const canary = "canary-8315"
	for _, name := range []string{"ce-specversion", "ce-time", "ce-sequence", "ce-datacontenttype", "content-type", "ce-id"} {
		_, err := events.Decode(with(name, canary+"%"), []byte(`{"a":"`+canary))
		if err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEncodeRefusesWhatDecodeWould(t *testing.T) {
	for field, spoil := range map[string]func(*events.Envelope){
		"ce-id":     func(e *events.Envelope) { e.ID = "" },
		"ce-source": func(e *events.Envelope) { e.Source = "a\x00b" },
		"ce-type":   func(e *events.Envelope) { e.Type = strings.Repeat("t", 129) },
		"ce-time":   func(e *events.Envelope) { e.Time = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"data":      func(e *events.Envelope) { e.Data = json.RawMessage("{") },
	} {
		e := whole()
		spoil(&e)
		_, _, err := events.Encode(e)
		checkField(t, "encode "+field, err, field)
		_, err = events.EncodeStructured(e)
		checkField(t, "encode structured "+field, err, field)
	}
}
