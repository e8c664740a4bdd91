// Package notification holds the events about messages to people, and the public fold of a notification's stream.
//
// Whoever wants a message sent says so with Requested; the notifier keeps a Sending before every call to a provider, so that a
// crash between the call and its outcome is seen, and tells the outcome with Sent, Delivered, Failed or Suppressed. No
// event holds the code, the link or the address: the notifier derives and opens them at the moment it sends.
package notification

import "countersign/pkg/events"

// Worker owns the streams of this package.
const Worker = "notifier"

// Types returns the rows of the contract.
func Types() []events.Type {
	return []events.Type{
		row("requested", events.Out, "A message to the user is wanted; about names the challenge, enrollment or case that it serves.",
			func() events.Event { return new(Requested) }),
		row("sending", events.Kept, "The notifier is about to call a provider; kept so that a crash before the outcome is seen.",
			func() events.Event { return new(Sending) }),
		row("deferred", events.Kept, "No provider could be asked; kept with the time at which it is looked at again.",
			func() events.Event { return new(Deferred) }),
		row("sent", events.Out, "A provider took the message; final says that no word of its delivery will follow.",
			func() events.Event { return new(Sent) }),
		row("delivered", events.Out, "The provider says that the message arrived.",
			func() events.Event { return new(Delivered) }),
		row("failed", events.Out, "The message did not get through; unless it is final, another try follows.",
			func() events.Event { return new(Failed) }),
		row("suppressed", events.Out, "The message was not sent, because nobody would be served by it any more.",
			func() events.Event { return new(Suppressed) }),
		row("prefix_paused", events.Out, "Texts with codes to numbers that begin so are held back for a while, because such codes are hardly ever entered.",
			func() events.Event { return new(PrefixPaused) }),
		row("retry_due", events.Timer, "The wait before the next try is over.",
			func() events.Event { return new(RetryDue) }),
	}
}

func row(fact string, d events.Direction, about string, fresh func() events.Event) events.Type {
	t := events.Type{Entity: "notification", Fact: fact, Version: 1, Direction: d, Worker: Worker, About: about, New: fresh}
	if fact == "requested" {
		t.Worker = "" // any worker may want one sent
	}
	return t
}

// Wire names.
const (
	RequestedType    = "countersign.notification.requested.v1"
	SendingType      = "countersign.notification.sending.v1"
	DeferredType     = "countersign.notification.deferred.v1"
	SentType         = "countersign.notification.sent.v1"
	DeliveredType    = "countersign.notification.delivered.v1"
	FailedType       = "countersign.notification.failed.v1"
	SuppressedType   = "countersign.notification.suppressed.v1"
	PrefixPausedType = "countersign.notification.prefix_paused.v1"
	RetryDueType     = "countersign.notification.retry_due.v1"
)
