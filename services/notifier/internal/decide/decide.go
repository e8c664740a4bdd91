// Package decide says what becomes of a notification: tried, tried again, suppressed, sent or given up.
//
// It sees no clock, key, store or provider. What it promises:
//
//   - Every try stands in the stream before the provider is called.
//   - At most Policy.Tries are made, whatever crashes and however often a message is delivered. All tries of one notification carry
//     the same code.
//   - What nobody would be served by is not sent: expired, or overtaken by a newer sending, also while it was on its way to the provider.
//   - A try whose outcome nobody knows is not repeated before the provider that was called says that it has no such message. Only what the
//     notifier's own crash cut off at a provider that cannot be asked is, once nobody can be at it.
//   - A number that takes no texts costs no call.
//   - A provider that fails is asked twice at most before another one is.
//   - What would overdraw a budget is not sent.
package decide

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/services/notifier/internal/budget"
)

// Policy bounds tries.
type Policy struct {
	Tries int // of one notification: the platform's policy says it
	Pace
}

// Pace says when they are made.
type Pace struct {
	Backoff time.Duration // before the second try, four times as long before each further one
	Jitter  float64       // how much longer it may get, as a part of it, so that not all come again at once
	Call    time.Duration // the longest that a try can last: an older one without an outcome was cut off
}

// Calling is the part of Call in which the provider is to answer. What Calling and Keeping leave of Call is how far the clocks of two
// workers may be apart.
func (p Pace) Calling() time.Duration { return p.Call / 2 }

// Keeping is the part of Call in which the outcome is kept, whatever the provider took.
func (p Pace) Keeping() time.Duration { return p.Call / 6 }

// Defaults returns what holds.
func Defaults() Pace {
	return Pace{Backoff: 2 * time.Second, Jitter: 0.25, Call: 30 * time.Second}
}

// Due is a notification that somebody wants sent, or whose next try is due.
type Due struct {
	notification.Requested
	Try      int    // which one a timer says is due; 0: none does, it is wanted
	Provider string // who would be called; "" where nobody can be now
	To       notification.Contact
	Stands   bool   // what it is about still waits for it, and for no newer one
	Unfit    bool   // the number takes no texts, or is where the platform sends none
	Last     Answer // of the provider of a try that Asks names
	Awaits   bool   // that provider tells of deliveries later
	Budget   budget.Evidence
}

// Ended is the outcome of a try.
type Ended struct {
	Try         int
	ProviderRef string              // the provider's name for the message
	Code        string              // the provider's own, for operators
	Reason      notification.Reason // "" for a message that was taken
	Temporary   bool                // the same message may go out later
	Elsewhere   bool                // the provider is at fault, and there is another
	Withdrawn   bool                // it did not leave: nobody waits for it any more
	Unknown     bool                // the provider may have it, and can be asked
	Awaits      bool                // the provider tells of deliveries later
}

// A Decision is what is to become of it.
type Decision struct {
	Events []events.Event
	Timers []Timer
	Call   bool         // the events hold a Sending: call the provider once they are kept
	Wait   time.Time    // nothing can be said before: look again then
	Over   budget.Scope // the events hold a Failed because of this budget
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
	case !Until(s, in.Try, p.Pace, now).IsZero():
		return Decision{Wait: Until(s, in.Try, p.Pace, now)}
	case now.Before(s.RetryAt): // the next try has a timer
		return Decision{}
	}
	if unknown(s) {
		if d, settled := resolve(s, in, p, now); settled {
			return d
		}
	}
	switch {
	case !in.Stands:
		return suppressed(in.Requested, notification.Superseded)
	case !now.Before(in.ExpiresAt):
		return suppressed(in.Requested, notification.Expired)
	case in.Unfit:
		return Decision{Events: []events.Event{failed(in.Requested, "", s.Try, notification.BadAddress)}}
	case s.Try >= p.Tries:
		return Decision{Events: []events.Event{failed(in.Requested, s.Provider, s.Try, certain(s, exhausted(s, in)))}}
	case in.Provider == "":
		return deferred(s, in, p, now)
	case in.Budget.Over() != "":
		return overdrawn(s, in)
	}
	return Decision{Call: true, Events: []events.Event{&notification.Sending{
		User: in.User, NotificationID: in.NotificationID, Channel: in.Channel, Template: in.Template, About: in.About,
		ExpiresAt: in.ExpiresAt, Locale: in.Locale, Provider: in.Provider, Try: s.Try + 1,
		Settled: in.Last.denies(s), To: in.To,
	}}}
}

// Until is when a notification is to be looked at again of which nothing can be said before; zero for others. Try is which one a timer says is
// due, 0 for none: if it is early, no other timer comes.
func Until(s notification.State, try int, p Pace, now time.Time) time.Time {
	switch {
	case s.Status == notification.StatusSending && now.Sub(s.Since) < p.Call:
		return s.Since.Add(p.Call) // somebody may be calling at this moment
	case now.Before(s.RetryAt) && try > s.Try:
		return s.RetryAt
	}
	return time.Time{}
}

// exhausted is why the last try is the last.
func exhausted(s notification.State, in Due) notification.Reason {
	if in.Last.denies(s) {
		return notification.ProviderDown
	}
	return notification.UnknownOutcome
}

// deferred is no try: no provider can be asked.
func deferred(s notification.State, in Due, p Policy, now time.Time) Decision {
	again := now.Add(p.wait(in.NotificationID, s.Try+1))
	if !again.Before(in.ExpiresAt) {
		return Decision{Events: []events.Event{failed(in.Requested, "", s.Try, certain(s, notification.ProviderDown))}}
	}
	return Decision{
		Events: []events.Event{&notification.Deferred{Requested: in.Requested, RetryAt: again}},
		Timers: []Timer{retry(in.User, in.NotificationID, s.Try+1, again)},
	}
}

// End decides what an outcome means. One that comes after another try has begun means nothing any more.
func End(s notification.State, user string, in Ended, p Policy, now time.Time) Decision {
	if s.Status != notification.StatusSending || s.Try != in.Try {
		return Decision{}
	}
	what := messageOf(s, user)
	if in.Reason == "" {
		return Decision{Events: []events.Event{sent(what, s.Provider, in.Try, in.ProviderRef, in.Awaits)}}
	}
	if in.Withdrawn {
		return suppressed(what, in.Reason)
	}
	e := failed(what, s.Provider, in.Try, in.Reason)
	e.Record.ProviderCode, e.Record.Elsewhere, e.Record.Bounced = in.Code, in.Elsewhere, bounced(in.Reason, in.Temporary)
	again := now.Add(p.wait(s.NotificationID, in.Try))
	if in.Elsewhere {
		again = now
	}
	mayAgain := (in.Temporary || in.Elsewhere) && in.Try < p.Tries || in.Unknown
	if !mayAgain || !again.Before(s.ExpiresAt) {
		e.Reason = certain(s, e.Reason)
		return Decision{Events: []events.Event{e}}
	}
	return later(e, user, again)
}

// bounced is a refusal for good that only another address mends.
func bounced(why notification.Reason, temporary bool) bool {
	return !temporary && (why == notification.BadAddress || why == notification.Unreachable)
}

// certain names an outcome unknown where that of a try before the last was: the message may have gone out by it.
func certain(s notification.State, why notification.Reason) notification.Reason {
	if s.Unsure && why == notification.ProviderDown {
		return notification.UnknownOutcome
	}
	return why
}

// later makes a failure one that is not final.
func later(e *notification.Failed, user string, again time.Time) Decision {
	e.Final, e.Record.RetryAt = false, again
	return Decision{Events: []events.Event{e}, Timers: []Timer{retry(user, e.NotificationID, e.Record.Try+1, again)}}
}

func retry(user, id string, try int, at time.Time) Timer {
	return Timer{Event: &notification.RetryDue{User: user, NotificationID: id, Try: try}, At: at}
}

// messageOf is what an outcome names of a notification.
func messageOf(s notification.State, user string) notification.Requested {
	return notification.Requested{User: user, NotificationID: s.NotificationID, About: s.About, Channel: s.Channel}
}

func sent(r notification.Requested, provider string, try int, ref string, awaits bool) *notification.Sent {
	return &notification.Sent{
		Outcome: outcome(r, provider, !awaits, ""), Record: notification.SentRecord{Try: try, ProviderRef: ref},
	}
}

func suppressed(r notification.Requested, why notification.Reason) Decision {
	return Decision{Events: []events.Event{&notification.Suppressed{Outcome: outcome(r, "", true, why)}}}
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
