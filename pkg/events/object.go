package events

import "encoding/json"

// An object is one JSON object of which only the outer level is read. Names are exact: encoding/json would take User for
// user, and the last of two. Its values are parts of the text that was read.
type object struct {
	text   []byte
	values map[string]json.RawMessage
	again  []string // names that stand there more than once
}

// names are those of members, numbered.
type names map[string]int

func listed(list ...string) names {
	n := names{}
	for i, name := range list {
		n[name] = i
	}
	return n
}

func (n names) has(name string) bool { _, ok := n[name]; return ok }

// exact reports whether an object has only known names, each once: encoding/json reads it as it stands.
func exact(text []byte, known names) bool {
	var seen uint64
	all := true
	isObject := members(text, func(quoted []byte, _ json.RawMessage) {
		i, ok := known[string(quoted[1:len(quoted)-1])]
		all = all && ok && seen&(1<<i) == 0
		seen |= 1 << i
	})
	return isObject && all
}

func (o object) has(name string) bool { _, ok := o.values[name]; return ok }

// repeated returns the error for a known name that stands there twice.
func (o object) repeated(prefix string, known names) error {
	for _, name := range o.again {
		if known.has(name) {
			return Fault(prefix+name, "stands in the object twice: send it once")
		}
	}
	return nil
}

var errNotObject = Fault("data", "is not a JSON object: send one JSON object in UTF-8")

func readObject(text []byte) (object, error) {
	o := object{text: text, values: map[string]json.RawMessage{}}
	if !json.Valid(text) || !members(text, func(quoted []byte, value json.RawMessage) { o.add(unquote(quoted), value) }) {
		return o, errNotObject
	}
	return o, nil
}

func (o *object) add(name string, value json.RawMessage) {
	if o.has(name) {
		o.again = append(o.again, name)
	}
	o.values[name] = value
}

// only returns the object cut down to the names known.
func (o object) only(known names) json.RawMessage {
	kept := map[string]json.RawMessage{}
	for name, value := range o.values {
		if known.has(name) {
			kept[name] = value
		}
	}
	if len(kept) == len(o.values) && len(o.again) == 0 {
		return o.text
	}
	text, err := json.Marshal(kept)
	if err != nil {
		panic("events: encode members that were decoded: " + err.Error())
	}
	return text
}
