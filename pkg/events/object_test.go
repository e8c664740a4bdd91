package events

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"testing"
	"unicode/utf8"
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

// FuzzReadAbout: of what is a JSON object it says what encoding/json would, and of anything else something.
func FuzzReadAbout(f *testing.F) {
	for _, text := range []string{
		`{"user":"u","login_id":"l","x":[{"user":"v"}],"recovery_id":7,"enrollment_id":"é"}`, ` {"user" : "a\"b" } `, `{"user":"u","user":"v"}`,
		`{"user":"u`, `{"user":"u\`, `{"user":`, `{"user`, `{"user":"\x"}`, `{"user"}`, `{"user":[{"`, `{"user":}`, `{,:,`, `"`, ``, `[`, `{"user":"u"]`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got := ReadAbout(data)
		values, _, ok := token(data)
		if !ok || !utf8.Valid(data) || bytes.Contains(data, []byte(`\u`)) { // no worker escapes a letter of a name
			return
		}
		texts := map[string]string{}
		for name, value := range values {
			var text string
			if json.Unmarshal(value, &text) == nil {
				texts[name] = text
			}
		}
		if want := (About{texts["user"], texts["login_id"], texts["recovery_id"], texts["enrollment_id"]}); got != want {
			t.Fatalf("read %+v of %s, want %+v", got, data, want)
		}
	})
}
