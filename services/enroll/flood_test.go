package enroll_test

import (
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
)

// Requests above the limit that share a second share a commit: who is signed in cannot fill a stream.
func TestAFloodOfRequestsCostsOneCommitASecond(t *testing.T) {
	f := start(t, func(p *policy.Policy) { p.Enrollment.PerHour = 1 })
	c := f.created(requested(events.TOTP))
	f.refused(requested(events.TOTP), events.RateLimited)
	before, began := len(f.ann.Commits("enrollment")), time.Now()
	const flood = 60
	sent := make([]workertest.Sent, flood)
	for i := range sent {
		sent[i] = f.Send(requested(events.TOTP))
	}
	for _, s := range sent {
		if code := workertest.Refused(f.Answer(s.ID)); code != events.RateLimited {
			t.Errorf("answered by %s", code)
		}
	}
	most := int(time.Since(began)/time.Second) + 2
	if n := len(f.ann.Commits("enrollment")) - before; n > most {
		t.Errorf("%d refusals made %d commits, want at most %d", flood, n, most)
	}
	workertest.As[*enrollment.Activated](f.House, f.Ask(submitted(c.EnrollmentID, f.code(events.TOTP, c.EnrollmentID, 0))))
}
