package recovery

import (
	"time"

	"countersign/pkg/events"
)

// Quiet reports whether an answer leaves the state as it is, and when the last one did that was kept: a refusal, or how a case of the user's own
// stands, said again.
func (s State) Quiet(answer events.Event) (last time.Time, quiet bool) {
	return s.QuietAt, s.keeps(answer)
}

func (s State) keeps(e events.Event) bool {
	switch e := e.(type) {
	case *events.RequestRejected:
		return true
	case *Opened:
		return s.Open != nil && s.Open.ID == e.RecoveryID && e.Record.Sending <= s.Open.Link.Sending
	}
	return false
}
