package bus

import "time"

// MaxRetry bounds the delay of a redelivery: whoever needs longer sets a timer and acknowledges, because a long delay would
// occupy the consumer's room for other messages.
const MaxRetry = time.Second

// RetryAfter asks for the delivery again after d, at most MaxRetry. It returns nil for a nil err.
func RetryAfter(d time.Duration, err error) error {
	if err == nil {
		return nil
	}
	return &retryError{after: max(0, min(d, MaxRetry)), err: err}
}

// Discard asks for the delivery to be kept as a dead letter and never delivered again. The reason is a written constant
// such as "malformed"; it is stored in clear, as err is not.
func Discard(reason string, err error) error {
	return &discardError{reason: reason, err: err}
}

type retryError struct {
	after time.Duration
	err   error
}

func (e *retryError) Error() string { return e.err.Error() }
func (e *retryError) Unwrap() error { return e.err }

type discardError struct {
	reason string
	err    error
}

func (e *discardError) Unwrap() error { return e.err }
func (e *discardError) Error() string {
	if e.err == nil {
		return "discard: " + e.reason
	}
	return "discard: " + e.reason + ": " + e.err.Error()
}
