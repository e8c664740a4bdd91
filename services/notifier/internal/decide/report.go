package decide

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
)

// Reported is what a provider says later of a message.
type Reported struct {
	Provider    string
	ProviderRef string
	Try         int  // 0: what ProviderRef names
	Taken       bool // it has it
	Arrived     bool
	Reason      notification.Reason // why it did not arrive; "" for none
	Code        string              // the provider's own
	Temporary   bool                // the same message may go out again
}

// Report decides what a report means. Reports come in any order and more than once; of a message that is older than the last try only its
// arrival is news.
func Report(s notification.State, user string, in Reported, p Policy, now time.Time) Decision {
	last := s.Provider == in.Provider && in.of(s)
	open := s.Status == notification.StatusSent && !s.Final || unknown(s)
	switch {
	case s.Try == 0, s.Final:
		return Decision{}
	case in.Arrived:
		return Decision{Events: []events.Event{&notification.Delivered{Outcome: outcome(messageOf(s, user), in.Provider, true, "")}}}
	case in.Taken && last && unknown(s):
		return Decision{Events: []events.Event{sent(messageOf(s, user), in.Provider, s.Try, in.ProviderRef, true)}}
	case in.Reason != "" && last && open:
		return undelivered(s, user, in, p, now)
	}
	return Decision{}
}

func (r Reported) of(s notification.State) bool {
	if r.Try > 0 {
		return r.Try == s.Try
	}
	return s.ProviderRef == "" || s.ProviderRef == r.ProviderRef
}

// undelivered is tried again where that may help and a try is left.
func undelivered(s notification.State, user string, in Reported, p Policy, now time.Time) Decision {
	e := failed(messageOf(s, user), in.Provider, s.Try, in.Reason)
	e.Record.ProviderCode, e.Record.Taken, e.Record.Bounced = in.Code, true, bounced(in.Reason, in.Temporary)
	again := now.Add(p.wait(s.NotificationID, s.Try))
	if !in.Temporary || s.Try >= p.Tries || !again.Before(s.ExpiresAt) {
		return Decision{Events: []events.Event{e}}
	}
	return later(e, user, again)
}
