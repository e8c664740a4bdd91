package sqlitestore

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"testing"

	"countersign/pkg/worker/eventstore"
)

// What is written by hand reads as what the encoder writes, and leaves data as it came.
func TestTextsOfEventsReadAsTheEncodersDo(t *testing.T) {
	odd := []string{"", `a "quote" and a \`, "\x00\x01\t\n\x7f", "\xff\xfe cut off \xe2\x80", "<>&'", "\u2028\u2029", "🔑é", "null"}
	var all []eventstore.Event
	for i, text := range odd {
		data, err := json.Marshal(map[string]string{text: text})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, eventstore.Event{ID: text, Type: text + strconv.Itoa(i), Data: data}, eventstore.Event{ID: text, Data: data, Record: data})
	}
	for n := range len(all) + 1 {
		byHand, err := eventsText(all[:n])
		if err != nil {
			t.Fatal(err)
		}
		encoded, err := encode(all[:n])
		if err != nil {
			t.Fatal(err)
		}
		if got, want := read(t, byHand), read(t, encoded); !slices.EqualFunc(got, want, equal) {
			t.Fatalf("%s\nreads unlike\n%s", byHand, encoded)
		}
	}
}

func read(t *testing.T, text string) (all []eventstore.Event) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatalf("read %s: %v", text, err)
	}
	return all
}

func equal(a, b eventstore.Event) bool {
	return a.ID == b.ID && a.Type == b.Type && bytes.Equal(a.Data, b.Data) && bytes.Equal(a.Record, b.Record)
}
