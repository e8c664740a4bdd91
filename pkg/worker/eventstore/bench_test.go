package eventstore_test

import (
	"testing"

	"countersign/pkg/worker/eventstore"
)

func BenchmarkCauseKey(b *testing.B) {
	c := eventstore.Cause{Origin: "in", Platform: "acme", Source: "/acme/login", ID: "k3fj5l2m7n8p9q0rstuvwxyz23"}
	b.ReportAllocs()
	for b.Loop() {
		_ = c.Key()
	}
}

func BenchmarkCommitCheck(b *testing.B) {
	c := valid()
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Check(); err != nil {
			b.Fatal(err)
		}
	}
}
