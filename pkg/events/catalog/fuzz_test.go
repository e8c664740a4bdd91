package catalog_test

import (
	"bytes"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
)

// Whatever data comes for whatever type, it is refused with a word of the contract, or it is the same when it is written and read again.
func FuzzData(f *testing.F) {
	r := catalog.New()
	types := r.Types()
	for i := range types {
		f.Add(uint8(i), []byte(`{"user":"u-1842","factor":"totp","login_id":"l","by":"staff-7","reauthenticated_at":"2026-01-02T15:04:05Z"}`))
	}
	f.Add(uint8(1), []byte(`{"user":"u","challenge_id":"c","code":"492039","factor":"recovery_code","x":{"user":1},"USER":"v"}`))
	f.Fuzz(func(t *testing.T, n uint8, data []byte) {
		name := types[int(n)%len(types)].Name()
		e, err := r.Decode(name, data)
		if err != nil {
			if events.Reject(err) == nil {
				t.Fatalf("%s: %v has no word of the contract", name, err)
			}
			return
		}
		first, _, err := events.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		again, err := r.Decode(name, first)
		if err != nil {
			t.Fatalf("%s: %s was written from what was read, and is refused: %v", name, first, err)
		}
		if second, _, _ := events.Marshal(again); !bytes.Equal(first, second) {
			t.Fatalf("%s: %s became %s", name, first, second)
		}
	})
}
