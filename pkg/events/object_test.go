package events

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"testing"
)

// token reads an object as encoding/json's own decoder does, member by member.
func token(text []byte) (values map[string]json.RawMessage, again []string, ok bool) {
	values = map[string]json.RawMessage{}
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, nil, false
	}
	for d.More() {
		t, err := d.Token()
		name, isName := t.(string)
		var value json.RawMessage
		if err != nil || !isName || d.Decode(&value) != nil {
			return nil, nil, false
		}
		if _, there := values[name]; there {
			again = append(again, name)
		}
		values[name] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, nil, false
	}
	_, err := d.Token()
	return values, again, err == io.EOF
}

// What the scanner finds is what encoding/json finds.
func FuzzReadObject(f *testing.F) {
	for _, text := range []string{
		`{}`, ` { } `, `{"a":1}`, `{"a":1,"a":2}`, `{"\u0061":"\"}","b":[{"c":"]"},{}],"d":{"e":[]} }`, `{"é":-1.5e3,"t":true,"n":null}`,
		`{"a":1`, `{"a":1}}`, `{"a":1}{"b":2}`, `[]`, `"{"`, `{"a":}`, `{a:1}`, `{"a" 1}`, "{\"\xff\":1}", `{"a":"\ud800"}`, `{"a":1,}`, `{"":""}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		values, again, ok := token(text)
		o, err := readObject(text)
		if (err == nil) != ok {
			t.Fatalf("readObject says %v, encoding/json %t", err, ok)
		}
		if !ok {
			return
		}
		if !slices.Equal(o.again, again) || !maps.EqualFunc(o.values, values, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) {
			t.Fatalf("read %q and again %q, want %q and %q", o.values, o.again, values, again)
		}
	})
}
