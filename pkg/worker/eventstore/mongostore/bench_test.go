package mongostore

import (
	"encoding/json"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"countersign/pkg/worker/eventstore"
)

// BenchmarkDocument is what a commit costs before it is sent.
func BenchmarkDocument(b *testing.B) {
	c := eventstore.Commit{
		Stream: eventstore.Stream{Platform: "acme", Kind: "guard", UserKey: "k3fj5l2m7n8p9q0rstuvwxyz23"}, Version: 2, Digest: "c29tZSBkaWdlc3Q",
		Cause: eventstore.Cause{Origin: "in", Platform: "acme", Source: "/acme/login", ID: "a5b2c7e0"}, At: time.Unix(1, 0), User: "user-0001234", Fold: 3,
		State: json.RawMessage(`{"user":"user-0001234"}`),
		Events: []eventstore.Event{{
			ID: "z3fj5l2m7n8p9q0rstuvwxyz23", Type: "countersign.attempt.accepted.v1", Data: json.RawMessage(`{"user":"user-0001234"}`), Record: json.RawMessage(`{"step":7}`),
		}},
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := bson.Marshal(fromCommit(c)); err != nil {
			b.Fatal(err)
		}
	}
}
