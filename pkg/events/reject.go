package events

import (
	"errors"
	"strings"
)

// Reject says an error of this package in the words of the contract. An error that is not one of them is nil: it is not the
// sender's fault.
func Reject(err error) *Rejection {
	var r *Rejection
	var f *FieldError
	switch {
	case errors.As(err, &r):
		return r
	case errors.Is(err, ErrTooLarge):
		return &Rejection{Code: TooLarge, Message: err.Error()}
	case errors.Is(err, ErrUnknownType):
		return &Rejection{Code: UnknownType, Message: err.Error()}
	case errors.Is(err, ErrUnsupportedVersion):
		return &Rejection{Code: UnsupportedVersion, Message: err.Error()}
	case errors.As(err, &f):
		return &Rejection{Code: fieldCode(f.Field), Field: f.Field, Message: f.Error()}
	}
	return nil
}

func fieldCode(field string) Code {
	if field == "data" || field == headerContentType || field == headerTrace || strings.HasPrefix(field, "ce-") {
		return Malformed
	}
	return Invalid
}
