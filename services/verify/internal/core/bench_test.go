package core

import (
	"testing"

	"countersign/pkg/events"
)

// BenchmarkAttempt is of a right code: what it is compared with, and what becomes of it.
func BenchmarkAttempt(b *testing.B) {
	w := newWorld(b)
	w.run(enrolled(events.TOTP), login("l"))
	in := AttemptSubmitted{User: user, ChallengeID: "c-l", Evidence: w.read(), NoticeID: "n"}
	b.ReportAllocs()
	for b.Loop() {
		with, ok := ToCompare(w.state, in, &w.policy, w.now)
		in.Match = Match{EnrollmentID: with.Enrolled.EnrollmentID, Steps: []uint64{60_000_000}}
		if d, no := Decide(w.state, in, &w.policy, w.now); !ok || no != nil || len(d.Events) != 1 {
			b.Fatal(d, no)
		}
	}
}
