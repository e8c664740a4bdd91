package notification

import (
	"fmt"
	"time"

	"countersign/pkg/events"
)

// Fold is the number of this fold: a state kept under another number is rebuilt from the stream.
const Fold = 1

// Status says how far a message has come.
type Status string

const (
	StatusRequested  Status = "requested"
	StatusSending    Status = "sending"  // a provider was about to be called, and no outcome is known
	StatusDeferred   Status = "deferred" // until RetryAt, because no provider could be asked
	StatusSent       Status = "sent"
	StatusDelivered  Status = "delivered"
	StatusFailed     Status = "failed" // for good if Final, else until RetryAt
	StatusSuppressed Status = "suppressed"
)

// State is one notification, or in the stream of a prefix its last pause. The zero value is a stream without events.
type State struct {
	NotificationID string    `json:"notification_id,omitempty"`
	Channel        Channel   `json:"channel,omitempty"`
	Template       Template  `json:"template,omitempty"`
	About          string    `json:"about,omitempty"`
	Locale         string    `json:"locale,omitempty"`
	ExpiresAt      time.Time `json:"expires_at,omitzero"`
	Status         Status    `json:"status,omitempty"`
	Since          time.Time `json:"since,omitzero"`         // time of the commit that made it Status
	Provider       string    `json:"provider,omitempty"`     // the last one called
	ProviderRef    string    `json:"provider_ref,omitempty"` // its name for the message
	Try            int       `json:"try,omitempty"`          // number of the last Sending
	CalledAt       time.Time `json:"called_at,omitzero"`     // time of its commit
	Calls          int       `json:"calls,omitempty"`        // in a row, of Provider
	Unsure         bool      `json:"unsure,omitempty"`       // a try of an outcome that nobody knows was followed by another: it may have gone out
	Elsewhere      bool      `json:"elsewhere,omitempty"`    // Provider is at fault: the next try is another's
	Reason         Reason    `json:"reason,omitempty"`
	To             Contact   `json:"to,omitzero"`       // where the last Sending went
	Bounced        bool      `json:"bounced,omitempty"` // To is at fault, for good
	RetryAt        time.Time `json:"retry_at,omitzero"`
	Final          bool      `json:"final,omitempty"`       // nothing will follow
	Taken          bool      `json:"taken,omitempty"`       // Provider had taken the message that failed: another try is another one
	PausedAt       time.Time `json:"paused_at,omitzero"`    // of a prefix: when its last pause began
	PausedUntil    time.Time `json:"paused_until,omitzero"` // and when it ends or ended
}

// Evolve returns the state after e, which was committed at the time at. An event that does not belong here is an error that wraps
// events.ErrUnknownType.
func Evolve(s State, e events.Event, at time.Time) (State, error) {
	switch e := e.(type) {
	case *Requested:
		s = s.message(e.NotificationID, e.Channel, e.Template, e.About, e.Locale, e.ExpiresAt)
		return s.become(StatusRequested, at), nil
	case *Sending:
		s = s.message(e.NotificationID, e.Channel, e.Template, e.About, e.Locale, e.ExpiresAt)
		return s.called(e, at), nil
	case *Deferred:
		s = s.message(e.NotificationID, e.Channel, e.Template, e.About, e.Locale, e.ExpiresAt)
		s.RetryAt = e.RetryAt
		return s.become(StatusDeferred, at), nil
	case *Sent:
		s.ProviderRef = e.Record.ProviderRef
		return s.end(e.Outcome, StatusSent, at), nil
	case *Delivered:
		return s.end(e.Outcome, StatusDelivered, at), nil
	case *Failed:
		s.RetryAt, s.Elsewhere, s.Taken, s.Bounced = e.Record.RetryAt, e.Record.Elsewhere, e.Record.Taken, e.Record.Bounced
		return s.end(e.Outcome, StatusFailed, at), nil
	case *Suppressed:
		return s.end(e.Outcome, StatusSuppressed, at), nil
	case *PrefixPaused:
		s.PausedAt, s.PausedUntil = at, e.Until
		return s, nil
	case *events.RequestRejected: // an answer that is kept; it changes nothing
		return s, nil
	}
	return s, fmt.Errorf("fold notification: %w: %s", events.ErrUnknownType, e.EventType())
}

func (s State) message(id string, c Channel, t Template, about, locale string, expires time.Time) State {
	s.NotificationID, s.Channel, s.Template, s.About, s.Locale, s.ExpiresAt = id, c, t, about, locale, expires
	return s
}

func (s State) called(e *Sending, at time.Time) State {
	s.Calls++
	if e.Provider != s.Provider {
		s.Calls = 1
	}
	s.Unsure = s.Unsure || !e.Settled && (s.Status == StatusSending || s.Reason == UnknownOutcome)
	s.Provider, s.Try, s.CalledAt, s.To = e.Provider, e.Try, at, e.To
	s.ProviderRef, s.Reason, s.RetryAt, s.Elsewhere, s.Taken = "", "", time.Time{}, false, false
	return s.become(StatusSending, at)
}

func (s State) become(status Status, at time.Time) State {
	s.Status, s.Since = status, at
	return s
}

func (s State) end(o Outcome, status Status, at time.Time) State {
	s.NotificationID, s.About, s.Channel, s.Reason, s.Final = o.NotificationID, o.About, o.Channel, o.Reason, o.Final
	if o.Provider != "" {
		s.Provider = o.Provider
	}
	return s.become(status, at)
}
