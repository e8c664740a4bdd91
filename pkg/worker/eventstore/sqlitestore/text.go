package sqlitestore

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"countersign/pkg/worker/eventstore"
)

// eventsText is what encode gives, without going through the data of each event once more: it is compact already.
func eventsText(all []eventstore.Event) (string, error) {
	text := []byte{'['}
	for i, e := range all {
		if len(e.Data) > 0 && !json.Valid(e.Data) || len(e.Record) > 0 && !json.Valid(e.Record) {
			return "", fmt.Errorf("data or record of %s is not JSON", e.Type)
		}
		if i > 0 {
			text = append(text, ',')
		}
		text = appendEvent(text, e)
	}
	return string(append(text, ']')), nil
}

func appendEvent(text []byte, e eventstore.Event) []byte {
	text = append(appendQuoted(append(text, `{"id":`...), e.ID), `,"type":`...)
	text = appendQuoted(text, e.Type)
	if len(e.Data) > 0 {
		text = append(append(text, `,"data":`...), e.Data...)
	}
	if len(e.Record) > 0 {
		text = append(append(text, `,"record":`...), e.Record...)
	}
	return append(text, '}')
}

// appendQuoted leaves to encode what is not plain: hardly any id or type.
func appendQuoted(text []byte, word string) []byte {
	if isPlain(word) {
		return append(append(append(text, '"'), word...), '"')
	}
	quoted, err := encode(word)
	if err != nil {
		panic("quote a text: " + err.Error()) // a string has always a JSON form
	}
	return append(text, quoted...)
}

// isPlain tells whether JSON writes a text as it is; beyond ASCII, where it does not always, that is left to encode.
func isPlain(word string) bool {
	for i := range len(word) {
		if c := word[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// encode leaves JSON as it came: encoding/json would escape HTML in it.
func encode(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

func nullable(text []byte) any {
	if text == nil {
		return nil
	}
	return string(text)
}
