package events

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

var attributes = listed("specversion", "id", "source", "type", "subject", "time", "datacontenttype", "causationid",
	"correlationid", "sequence", "policyhash", headerTrace)

func decodeStructured(body []byte) (Envelope, error) {
	if !utf8.Valid(body) {
		return Envelope{}, Fault("data", "is not UTF-8: encode the JSON as UTF-8")
	}
	o, err := readObject(body)
	if err != nil {
		return Envelope{}, err
	}
	r := reader{get: o.attribute}
	e := r.envelope()
	e.TraceParent = r.trace("", nil)
	r.note(o.repeated("ce-", attributes))
	r.note(o.repeated("", listed("data")))
	if o.has("data_base64") {
		r.note(Fault("data", "stands there as data_base64: send it as JSON"))
	}
	e.Data = o.values["data"]
	r.note(e.Check())
	return e, r.err
}

// attribute returns a text; null counts as absent, as CloudEvents' JSON format allows.
func (o object) attribute(name string) (string, error) {
	raw, ok := o.values[name]
	if !ok || string(raw) == "null" {
		return "", nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err == nil {
		return text, nil
	}
	if name == "sequence" && strings.Trim(string(raw), "0123456789") == "" {
		return string(raw), nil
	}
	return "", Fault("ce-"+name, "is not a JSON string")
}
