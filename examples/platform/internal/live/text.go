package live

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"countersign/pkg/events"
)

// Hidden stands for every secret.
const Hidden = "•••"

// published is the request as it goes out, with its secrets hidden. On the way they are sealed besides, where the client is told so.
func published(source, id string, e events.Event, at time.Time) string {
	data, err := hidden(e)
	if err != nil {
		return ""
	}
	return said(events.Envelope{
		ID: id, Source: source, Type: e.EventType(), Subject: e.UserID(), Time: at, Data: data,
	})
}

// said is an event as one JSON text, as CloudEvents' structured mode has it.
func said(e events.Envelope) string {
	text, err := events.EncodeStructured(e)
	if err != nil {
		return ""
	}
	var indented bytes.Buffer
	if json.Indent(&indented, text, "", "  ") != nil {
		return ""
	}
	return indented.String()
}

// hidden encodes e with Hidden for each of its secrets. A field of the type Secret is one, whatever it is called.
func hidden(e events.Event) (json.RawMessage, error) {
	data, _, err := events.Marshal(e)
	if err != nil {
		return nil, err
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, err
	}
	for name := range fields {
		if secret(e, name) {
			fields[name] = Hidden
		}
	}
	return json.Marshal(fields)
}

func secret(e events.Event, name string) bool {
	t := reflect.TypeOf(e).Elem()
	for f := range t.Fields() {
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if tag == name {
			return f.Type == reflect.TypeFor[events.Secret]()
		}
	}
	return true // a field that is not there cannot be judged
}

// worker is who said an event: the workers' source is /countersign/<worker>.
func worker(source string) string {
	name, ok := strings.CutPrefix(source, "/countersign/")
	if !ok {
		return "somebody else"
	}
	return name
}
