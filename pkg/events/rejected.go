package events

import "time"

// A Code says why a request is refused. Callers handle one that they do not know as a refusal.
type Code string

const (
	Malformed             Code = "malformed"              // not a CloudEvent, or not one that agrees with its subject
	Invalid               Code = "invalid"                // a field is at fault, or the id was used for other content
	UnknownType           Code = "unknown_type"           // no such type
	UnsupportedVersion    Code = "unsupported_version"    // a type of another version
	UnknownPlatform       Code = "unknown_platform"       // no policy names the platform
	UnknownKey            Code = "unknown_key"            // sealed to a key that is not, or no longer, there
	TooLarge              Code = "too_large"              // above 64 KiB
	TooLate               Code = "too_late"               // older than 60 s on the bus
	NotAllowed            Code = "not_allowed"            // policy forbids it
	NotFound              Code = "not_found"              // what the request names is not there
	WrongState            Code = "wrong_state"            // it is there, but not in a state for this
	StaleReauthentication Code = "stale_reauthentication" // reauthenticated_at is missing, too old or in the future
	StepUpRequired        Code = "step_up_required"       // login_id names no step-up that is fresh and unspent
	NoContact             Code = "no_contact"             // no address to send to
	RateLimited           Code = "rate_limited"           // retry_at says when to ask again
	OverBudget            Code = "over_budget"            // the platform's budget for messages is used up
)

// Codes returns all codes in the order of the contract.
func Codes() []Code {
	return []Code{
		Malformed, Invalid, UnknownType, UnsupportedVersion, UnknownPlatform, UnknownKey, TooLarge, TooLate, NotAllowed,
		NotFound, WrongState, StaleReauthentication, StepUpRequired, NoContact, RateLimited, OverBudget,
	}
}

// Status is the like HTTP status, which an RPC's error carries.
func (c Code) Status() int {
	switch c {
	case Malformed, Invalid, UnknownType, UnsupportedVersion, UnknownKey:
		return 400
	case TooLate:
		return 408
	case TooLarge:
		return 413
	case RateLimited, OverBudget:
		return 429
	case NotFound, UnknownPlatform:
		return 404
	case WrongState, NoContact:
		return 409
	}
	return 403
}

// A Rejection says that a request asks for what cannot be. It is an answer, kept like one, and an error in Go.
type Rejection struct {
	Code    Code
	Field   string    // JSON name of the field at fault, where there is one
	Message string    // for people; names the remedy and no value
	RetryAt time.Time // when asking again may help; zero where it cannot
}

func (r *Rejection) Error() string {
	text := string(r.Code)
	if r.Field != "" {
		text += ": " + r.Field
	}
	if r.Message != "" {
		text += ": " + r.Message
	}
	return text
}

// RequestRejected answers a request that asks for what cannot be.
type RequestRejected struct {
	User    string    `json:"user,omitempty"`    // absent where no user can be read
	Cause   string    `json:"cause"`             // ce-id of the request; may be empty where none can be read
	Type    string    `json:"type"`              // ce-type of the request; likewise
	Code    Code      `json:"code"`              // why, for programs
	Field   string    `json:"field,omitempty"`   // JSON name of the field at fault, or the header's
	Message string    `json:"message,omitempty"` // for people: the remedy, without the value
	RetryAt time.Time `json:"retry_at,omitzero"` // when asking again may help
}

// RequestRejectedType is the wire name.
const RequestRejectedType = "countersign.request.rejected.v1"

func (*RequestRejected) EventType() string { return RequestRejectedType }
func (e *RequestRejected) UserID() string  { return e.User }

// Rejection returns what the event says.
func (e *RequestRejected) Rejection() *Rejection {
	return &Rejection{Code: e.Code, Field: e.Field, Message: e.Message, RetryAt: e.RetryAt}
}

func (e *RequestRejected) Validate() error {
	if e.User != "" {
		if err := CheckUser(e.User); err != nil {
			return err
		}
	}
	return First(
		OptionalText("cause", e.Cause, MaxID),
		OptionalText("type", e.Type, MaxType),
		OneOf("code", e.Code, Codes()...),
		OptionalText("field", e.Field, MaxID),
		OptionalText("message", e.Message, MaxText),
	)
}

// Types returns the row of the one event that belongs to no stream in particular.
func Types() []Type {
	return []Type{{
		Entity: "request", Fact: "rejected", Version: 1, Direction: Out,
		About: "A request asked for what cannot be; code says why, field and message what to change.",
		New:   func() Event { return new(RequestRejected) },
	}}
}
