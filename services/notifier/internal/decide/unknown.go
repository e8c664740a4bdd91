package decide

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
)

// Evidence is what the provider of a try without an outcome says of it.
type Evidence int

const (
	Unasked  Evidence = iota // nobody can be asked
	Taken                    // it has the message
	NotTaken                 // it has no such message: trying again is safe
	Unclear                  // it did not answer
)

// An Answer is evidence about one try.
type Answer struct {
	Evidence
	Try         int
	ProviderRef string // its name for what it has taken
}

// denies is true where the provider of the last try, of which nobody knew the outcome, has no such message.
func (a Answer) denies(s notification.State) bool {
	return unknown(s) && a.Try == s.Try && a.Evidence == NotTaken
}

// Asks says of which try the outcome is to be asked for before Begin decides; false for none.
func Asks(s notification.State, p Pace, now time.Time) (try int, asks bool) {
	calling := s.Status == notification.StatusSending && now.Sub(s.Since) < p.Call
	return s.Try, unknown(s) && !calling && !now.Before(s.RetryAt)
}

// unknown is a try of which nobody knows the outcome: its caller has died, or the provider's answer was lost.
func unknown(s notification.State) bool {
	return s.Status == notification.StatusSending || s.Status == notification.StatusFailed && !s.Final && s.Reason == notification.UnknownOutcome
}

// resolve settles what became of the last try; false where the next one may begin.
func resolve(s notification.State, in Due, p Policy, now time.Time) (d Decision, settled bool) {
	what := messageOf(s, in.User)
	last := in.Last
	if last.Try != s.Try { // another worker has tried since it was asked
		last = Answer{}
	}
	switch last.Evidence {
	case Taken:
		return Decision{Events: []events.Event{sent(what, s.Provider, s.Try, last.ProviderRef, in.Awaits)}}, true
	case NotTaken:
		return Decision{}, false
	case Unclear:
		e := failed(what, s.Provider, s.Try, notification.UnknownOutcome)
		again := now.Add(max(p.wait(s.NotificationID, 1), now.Sub(s.CalledAt)))
		if again.Before(s.ExpiresAt) {
			return later(e, in.User, again), true
		}
		return Decision{Events: []events.Event{e}}, true
	}
	if s.Status == notification.StatusSending { // our own crash: the same message may go out again
		return Decision{}, false
	}
	return Decision{Events: []events.Event{failed(what, s.Provider, s.Try, notification.UnknownOutcome)}}, true
}
