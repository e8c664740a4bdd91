package mongostore

import (
	"fmt"
	"testing"

	"countersign/pkg/worker/eventstore"
)

func TestAnIDSortsAsTheHistoryDoes(t *testing.T) {
	for _, id := range []string{"", "n1"} {
		stream := eventstore.Stream{Platform: "acme", Kind: "guard", UserKey: "k3f", ID: id}
		for _, version := range []uint64{0, 1, 99, 100, 123_456_789_012, eventstore.MaxVersion} {
			if got, want := documentID(stream, version), fmt.Sprintf("%s#%012d", stream, version); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	}
}
