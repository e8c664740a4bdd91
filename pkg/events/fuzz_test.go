package events_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"countersign/pkg/events"
)

// What Encode takes, Decode gives back, in every mode; what it refuses, it refuses in both.
func FuzzEncodeThenDecode(f *testing.F) {
	f.Add("1", "/shop", "countersign.login.started.v1", "u-1", "", "", uint64(0), int64(0), []byte(`{"user":"u-1"}`))
	f.Add("a b%\"é", "s", "t", "ü", "c", "k", uint64(9), int64(1767366245000000001), []byte(`{"a":1.50,"b":[null]}`))
	f.Fuzz(func(t *testing.T, id, source, name, subject, cause, correlation string, seq uint64, nanos int64, data []byte) {
		e := events.Envelope{
			ID: id, Source: source, Type: name, Subject: subject, CausationID: cause, CorrelationID: correlation,
			Sequence: seq, Data: data,
		}
		if nanos != 0 {
			e.Time = time.Unix(0, nanos).UTC()
		}
		h, body, err := events.Encode(e)
		text, errStructured := events.EncodeStructured(e)
		if (err == nil) != (errStructured == nil) {
			t.Fatalf("binary: %v; structured: %v", err, errStructured)
		}
		if err != nil {
			return
		}
		same(t, e, h, body)
		if len(text) <= events.MaxMessage {
			same(t, e, nil, text)
		}
	})
}

func same(t *testing.T, want events.Envelope, h events.Header, body []byte) {
	t.Helper()
	got, err := events.Decode(h, body)
	if err != nil {
		t.Fatalf("decode what was encoded: %v", err)
	}
	if !bytes.Equal(compact(got.Data), compact(want.Data)) {
		t.Fatalf("data %s became %s", want.Data, got.Data)
	}
	got.Data, want.Data = nil, nil
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%+v became %+v", want, got)
	}
}

func compact(data []byte) []byte {
	var b bytes.Buffer
	if json.Compact(&b, data) != nil {
		return data
	}
	var v any
	_ = json.Unmarshal(b.Bytes(), &v)
	text, _ := json.Marshal(v)
	return text
}

// Decode takes whatever comes and never gives an envelope that it would not encode.
func FuzzDecode(f *testing.F) {
	f.Add("ce-id", "1", "Content-Type", "application/cloudevents+json", []byte(`{"specversion":"1.0","id":"1","source":"s","type":"t","data":{}}`))
	f.Add("ce-specversion", "1.0", "CE-ID", "%41", []byte(`{}`))
	f.Add("", "", "ce-", "", []byte(`{"specversion":"1.0","id":null,"sequence":7,"data":[[]]}`))
	f.Fuzz(func(t *testing.T, name1, value1, name2, value2 string, body []byte) {
		h := events.Header{"ce-source": {"/s"}, "ce-type": {"t"}}
		h[name1] = append(h[name1], value1)
		h[name2] = append(h[name2], value2)
		for _, header := range []events.Header{h, {name1: {value1}}, nil} {
			e, err := events.Decode(header, body)
			if err != nil {
				rejectable(t, e, err)
				continue
			}
			if _, _, err := events.Encode(e); err != nil {
				t.Fatalf("decoded %+v, which does not encode: %v", e, err)
			}
		}
	})
}

// An answer repeats what could be read, so that it must be able to stand in one.
func rejectable(t *testing.T, e events.Envelope, err error) {
	t.Helper()
	if events.Reject(err) == nil {
		t.Fatalf("error %v makes no rejection", err)
	}
	answer := events.Envelope{ID: "1", Source: "/s", Type: "t", Subject: e.Subject, CausationID: e.ID, Data: []byte("{}")}
	if err := answer.Check(); err != nil {
		t.Fatalf("%+v cannot be answered: %v", e, err)
	}
	if err := (&events.RequestRejected{Cause: e.ID, Type: e.Type, Code: events.Malformed}).Validate(); err != nil {
		t.Fatal(err)
	}
}
