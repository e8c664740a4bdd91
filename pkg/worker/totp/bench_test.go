package totp_test

import (
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/totp"
)

func BenchmarkSteps(b *testing.B) {
	o := totp.Options{Algorithm: "SHA1", Digits: 6, Period: 30 * time.Second, Back: 1, Forward: 1}
	seed, at := []byte("12345678901234567890"), time.Unix(1_900_000_000, 0)
	step, _ := totp.Step(at, o.Period)
	code := events.NewSecret(totp.Code(seed, step, o).Reveal())
	b.ReportAllocs()
	for b.Loop() {
		if len(totp.Steps(seed, code, at, o)) != 1 {
			b.Fatal("the code fits no step")
		}
	}
}
