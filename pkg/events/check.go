package events

import (
	"fmt"
	"strings"
	"time"
)

// A FieldError says which field of an event is at fault and what would be right.
type FieldError struct {
	Field   string // JSON name
	Problem string // with the remedy; never the value
}

func (e *FieldError) Error() string { return e.Field + " " + e.Problem }

// Fault makes a *FieldError.
func Fault(field, format string, args ...any) error {
	return &FieldError{Field: field, Problem: fmt.Sprintf(format, args...)}
}

// First returns the first error that is not nil: validations are lists of checks in the order in which fields are documented.
func First(checks ...error) error {
	for _, err := range checks {
		if err != nil {
			return err
		}
	}
	return nil
}

// Text checks a required text of 1 to max bytes.
func Text(field, value string, max int) error {
	if value == "" {
		return Fault(field, "is missing: set it to 1 to %d bytes", max)
	}
	return OptionalText(field, value, max)
}

// OptionalText checks a text of at most max bytes.
func OptionalText(field, value string, max int) error {
	if len(value) > max {
		return Fault(field, "is %d bytes long: at most %d are allowed", len(value), max)
	}
	return nil
}

// OneOf checks a value against the words allowed.
func OneOf[T ~string](field string, value T, allowed ...T) error {
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	return Fault(field, "is not one of %s", list(allowed))
}

// list names the words that are not empty.
func list[T ~string](words []T) string {
	var named []string
	for _, w := range words {
		if w != "" {
			named = append(named, string(w))
		}
	}
	return strings.Join(named, ", ")
}

// When checks that a required time is set.
func When(field string, t time.Time) error {
	if t.IsZero() {
		return Fault(field, "is missing: set it to an RFC 3339 time")
	}
	return nil
}

// CheckUser checks the field user: an opaque text of 1 to 256 bytes, valid UTF-8 without control characters.
func CheckUser(user string) error { return ID("user", user, MaxUser) }

// ID checks a required name of 1 to max bytes: valid UTF-8 without control characters.
func ID(field, value string, max int) error {
	if value == "" {
		return Fault(field, "is missing: set it to 1 to %d bytes", max)
	}
	return OptionalID(field, value, max)
}

// OptionalID checks a name of at most max bytes.
func OptionalID(field, value string, max int) error {
	if err := OptionalText(field, value, max); err != nil {
		return err
	}
	return plain(field, value)
}

// Word checks an optional word of the contract: at most 64 lower-case letters, digits and underscores, so that free text cannot
// stand there. Words that are not known yet pass.
func Word(field, value string) error {
	if len(value) > maxWord || strings.Trim(value, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return Fault(field, "is not a word of at most %d lower-case letters, digits and underscores", maxWord)
	}
	return nil
}

const maxWord = 64
