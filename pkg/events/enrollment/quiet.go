package enrollment

import (
	"time"

	"countersign/pkg/events"
)

// Quiet reports whether an answer leaves the state as it is, and when the last one did that was kept: a refusal, a code that was not judged, how
// an enrollment stands, said again, or that a user without a factor is rid of none. What contacts or a requirement are to be is never quiet: said
// anew after others have said otherwise, it would change them.
func (s State) Quiet(answer events.Event) (last time.Time, quiet bool) {
	return s.QuietAt, s.keeps(answer)
}

func (s State) keeps(e events.Event) bool {
	switch e := e.(type) {
	case *events.RequestRejected:
		return true
	case *CodeRejected:
		return e.Reason != CodeWrong
	case *SecretCreated:
		return s.Open != nil && s.Open.ID == e.EnrollmentID && e.Record.Sending <= s.Open.Sending
	case *FactorRemoved:
		return len(e.Factors) == 0 && e.Reason == RemovedByUser && e.Record.SpentLogin == ""
	}
	return false
}
