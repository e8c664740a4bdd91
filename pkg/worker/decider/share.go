package decider

import (
	"slices"
	"time"

	"countersign/pkg/events"
)

// A Steady state knows the answers that leave it as it is.
type Steady interface {
	// Quiet reports whether an answer does, and when the last one did that the stream kept; zero for never.
	Quiet(answer events.Event) (last time.Time, quiet bool)
}

// shareFor is how long what changes nothing shares the commit of what changed nothing before.
const shareFor = time.Second

// Shares reports whether d, made on state, needs no commit of its own: it changes nothing, and neither did what was kept a moment ago. Else
// whoever asks for what cannot be, or is so already, would fill a stream. What staff ask is always kept.
func Shares(r Request, state any, d Decision, now time.Time) bool {
	s, ok := state.(Steady)
	if !ok || !byUser(r.Type) || len(d.Events) != 1 || len(d.Timers) > 0 {
		return false
	}
	last, quiet := s.Quiet(d.Events[0])
	return quiet && !last.IsZero() && now.Sub(last) < shareFor
}

// byUser reports whether platforms send events of a type because of what users do.
func byUser(t events.Type) bool {
	return t.Direction == events.In && slices.Contains([]string{"login", "settings"}, t.Role)
}
