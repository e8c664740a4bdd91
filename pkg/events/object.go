package events

import (
	"bytes"
	"encoding/json"
	"io"
)

// An object is one JSON object of which only the outer level is read. Names are exact: encoding/json would take User for
// user, and the last of two.
type object struct {
	values map[string]json.RawMessage
	again  []string // names that stand there more than once
}

func (o object) has(name string) bool { _, ok := o.values[name]; return ok }

// repeated returns the error for a known name that stands there twice.
func (o object) repeated(prefix string, known map[string]bool) error {
	for _, name := range o.again {
		if known[name] {
			return Fault(prefix+name, "stands in the object twice: send it once")
		}
	}
	return nil
}

var errNotObject = Fault("data", "is not a JSON object: send one JSON object in UTF-8")

func readObject(text []byte) (object, error) {
	o := object{values: map[string]json.RawMessage{}}
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return o, errNotObject
	}
	for d.More() {
		if !o.member(d) {
			return o, errNotObject
		}
	}
	if _, err := d.Token(); err != nil {
		return o, errNotObject
	}
	if _, err := d.Token(); err != io.EOF {
		return o, errNotObject
	}
	return o, nil
}

func (o *object) member(d *json.Decoder) bool {
	t, err := d.Token()
	name, ok := t.(string)
	if err != nil || !ok {
		return false
	}
	var value json.RawMessage
	if d.Decode(&value) != nil {
		return false
	}
	if o.has(name) {
		o.again = append(o.again, name)
	}
	o.values[name] = value
	return true
}

// only returns the object cut down to the names known.
func (o object) only(known map[string]bool) json.RawMessage {
	kept := map[string]json.RawMessage{}
	for name, value := range o.values {
		if known[name] {
			kept[name] = value
		}
	}
	text, err := json.Marshal(kept)
	if err != nil {
		panic("events: encode members that were decoded: " + err.Error())
	}
	return text
}
