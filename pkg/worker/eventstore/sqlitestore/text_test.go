package sqlitestore

import (
	"encoding/json"
	"strconv"
	"testing"

	"countersign/pkg/worker/eventstore"
)

func TestTextsOfEventsAreTheEncodersToTheByte(t *testing.T) {
	texts := []string{
		"", "attempt.accepted", `"`, `\`, "\x00\x01\t\n", "\x1f", " ~", "\x7f", "\x80", "\xff\xfe cut off \xe2\x80", "<>&'", `<"&\>`, "\u2028\u2029",
		"🔑é", "null",
	}
	var all []eventstore.Event
	for i, text := range texts {
		data, err := json.Marshal(map[string]string{text: text})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, eventstore.Event{ID: text, Type: text + strconv.Itoa(i), Data: data}, eventstore.Event{ID: text, Data: data, Record: data},
			eventstore.Event{Type: text})
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
		if byHand != encoded {
			t.Fatalf("%s\nis not\n%s", byHand, encoded)
		}
	}
}
