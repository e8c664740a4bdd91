// Package decide says what becomes of a notification: tried, tried again, suppressed, sent or given up.
//
// It sees no clock, key, store or provider. What it promises:
//
//   - Every try stands in the stream before the provider is called.
//   - At most Policy.Tries are made, whatever crashes and however often a message is delivered. All tries of one notification carry
//     the same code.
//   - What nobody would be served by is not sent: expired, or overtaken by a newer sending.
//   - A try whose outcome nobody knows is not repeated; one that was cut off by a crash of the notifier is, once nobody can be at it.
package decide

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
)

// Policy bounds tries.
type Policy struct {
	Tries   int           // of one notification
	Backoff time.Duration // before the second try, four times as long before each further one
	Call    time.Duration // the longest that a try can last: an older one without an outcome was cut off
}

// Calling is the part of Call in which the provider is to answer. What Calling and Keeping leave of Call is how far the clocks of two
// workers may be apart.
func (p Policy) Calling() time.Duration { return p.Call / 2 }

// Keeping is the part of Call in which the outcome is kept, whatever the provider took.
func (p Policy) Keeping() time.Duration { return p.Call / 6 }

// Defaults returns what holds.
func Defaults() Policy {
	return Policy{Tries: 3, Backoff: 2 * time.Second, Call: 30 * time.Second}
}

// Due is a notification that somebody wants sent, or whose next try is due.
type Due struct {
	notification.Requested
	Try      int    // which one a timer says is due; 0: none does, it is wanted
	Provider string // who would be called
	Stands   bool   // what it is about still waits for it, and for no newer one
}

// Ended is the outcome of a try.
type Ended struct {
	Try         int
	ProviderRef string              // the provider's name for the message
	Reason      notification.Reason // "" for a message that was taken
	Temporary   bool                // the same message may go out later
}

// A Decision is what is to become of it.
type Decision struct {
	Events []events.Event
	Timers []Timer
	Call   bool      // the events hold a Sending: call the provider once they are kept
	Wait   time.Time // nothing can be said before: look again then
}

// A Timer is an event that the notifier is to receive when At has come.
type Timer struct {
	Event events.Event
	At    time.Time
}

// Begin decides what a notification that is due needs.
func Begin(s notification.State, in Due, p Policy, now time.Time) Decision {
	switch {
	case s.Final, s.Status == notification.StatusSent, s.Status == notification.StatusDelivered:
		return Decision{}
	case s.Status == notification.StatusSending && now.Sub(s.Since) < p.Call:
		return Decision{Wait: s.Since.Add(p.Call)} // somebody may be calling at this moment
	case s.Status == notification.StatusFailed && now.Before(s.RetryAt):
		return early(s, in)
	case !in.Stands:
		return suppressed(in, notification.Superseded)
	case !now.Before(in.ExpiresAt):
		return suppressed(in, notification.Expired)
	case s.Try >= p.Tries:
		return Decision{Events: []events.Event{failed(in.Requested, s.Provider, s.Try, notification.UnknownOutcome)}}
	}
	return Decision{Call: true, Events: []events.Event{&notification.Sending{
		User: in.User, NotificationID: in.NotificationID, Channel: in.Channel, Template: in.Template, About: in.About,
		ExpiresAt: in.ExpiresAt, Locale: in.Locale, Provider: in.Provider, Try: s.Try + 1,
	}}}
}

// early leaves the next try to its timer. If this is its timer, no other comes.
func early(s notification.State, in Due) Decision {
	if in.Try <= s.Try {
		return Decision{}
	}
	return Decision{Wait: s.RetryAt}
}

// End decides what an outcome means. One that comes after another try has begun means nothing any more.
func End(s notification.State, user string, in Ended, p Policy, now time.Time) Decision {
	if s.Status != notification.StatusSending || s.Try != in.Try {
		return Decision{}
	}
	what := notification.Requested{User: user, NotificationID: s.NotificationID, About: s.About, Channel: s.Channel}
	if in.Reason == "" {
		return Decision{Events: []events.Event{&notification.Sent{
			Outcome: outcome(what, s.Provider, true, ""),
			Record:  notification.SentRecord{Try: in.Try, ProviderRef: in.ProviderRef},
		}}}
	}
	e := failed(what, s.Provider, in.Try, in.Reason)
	again := now.Add(p.Backoff << (2 * (in.Try - 1)))
	if !in.Temporary || in.Try >= p.Tries || !again.Before(s.ExpiresAt) {
		return Decision{Events: []events.Event{e}}
	}
	e.Final, e.Record.RetryAt = false, again
	due := &notification.RetryDue{User: user, NotificationID: s.NotificationID, Try: in.Try + 1}
	return Decision{Events: []events.Event{e}, Timers: []Timer{{Event: due, At: again}}}
}

func suppressed(in Due, why notification.Reason) Decision {
	return Decision{Events: []events.Event{&notification.Suppressed{Outcome: outcome(in.Requested, "", true, why)}}}
}

func failed(r notification.Requested, provider string, try int, why notification.Reason) *notification.Failed {
	return &notification.Failed{Outcome: outcome(r, provider, true, why), Record: notification.FailedRecord{Try: try}}
}

func outcome(r notification.Requested, provider string, final bool, why notification.Reason) notification.Outcome {
	return notification.Outcome{
		User: r.User, NotificationID: r.NotificationID, About: r.About, Channel: r.Channel,
		Provider: provider, Final: final, Reason: why,
	}
}
