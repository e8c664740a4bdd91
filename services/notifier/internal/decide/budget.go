package decide

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/policy"
	"countersign/services/notifier/internal/budget"
)

// Counts says whether a try that may begin now has to be counted before: the first, and one after a try that may have gone out. A try that was
// refused leaves what was counted for it to the next.
func Counts(s notification.State, in Due, p Policy, now time.Time) bool {
	in.Budget = budget.Evidence{}
	refused := s.Try > 0 && s.Reason == notification.ProviderDown && !s.Taken
	denied := in.Last.Try == s.Try && in.Last.Evidence == NotTaken
	return Begin(s, in, p, now).Call && !refused && !denied
}

// overdrawn ends what no budget is left for. The try before may have gone out, unless its provider has said that it did not get through.
func overdrawn(s notification.State, in Due) Decision {
	why := notification.OverBudget
	if s.Try > 0 && !s.Taken {
		why = notification.UnknownOutcome
	}
	over := in.Budget.Over()
	e := failed(in.Requested, "", s.Try, why)
	e.Record.Budget = string(over)
	return Decision{Events: []events.Event{e}, Over: over}
}

// Pause decides whether codes that are entered as c says are held back for a while.
func Pause(s notification.State, of budget.Codes, c budget.Conversion, b policy.Budget, now time.Time) Decision {
	if now.Before(s.PausedUntil) || !c.Low(b) {
		return Decision{}
	}
	return Decision{Events: []events.Event{
		&notification.PrefixPaused{
			Prefix: of.Prefix, Proven: of.Proven, Sent: c.Sent, Entered: c.Entered, Until: now.Add(pauseFor(s, b, now)),
		},
	}}
}

const longestPause = 24 * time.Hour // but for what a policy begins with

// pauseFor is twice as long as the pause before, if that has not been over for as long as it was.
func pauseFor(s notification.State, b policy.Budget, now time.Time) time.Duration {
	before := s.PausedUntil.Sub(s.PausedAt)
	if before == 0 || now.Sub(s.PausedUntil) >= before {
		return b.PauseFor
	}
	return min(2*before, max(b.PauseFor, longestPause))
}
