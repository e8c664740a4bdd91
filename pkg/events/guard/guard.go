// Package guard holds what verify is told and what it says, and how its stream guard/<userkey> becomes state.
//
// The stream is verify's alone to append to; others read it through State and Evolve. It promises:
//
//   - no event and no record holds a code, a secret or anything from which one follows without the user's key;
//   - State is small whatever the history's length: every list in it has a bound;
//   - Evolve never changes its input, so that a state may be read while the next one is made;
//   - an event that is not known here is an error, never an empty state: doubt closes the door.
package guard

import (
	"slices"

	"countersign/pkg/events"
)

// Fold numbers the shape of State. It grows when stored states must be made again from the events.
const Fold = 1

// Purpose says what a login is for.
type Purpose string

const (
	ForLogin  Purpose = "login"
	ForStepUp Purpose = "step_up" // proof that the signed-in user is there, to be spent on one change
)

// Bounds of texts, in bytes.
const (
	MaxIP        = 64
	MaxUserAgent = 1024
	MaxSealed    = 1024 // base64

	sealedOverhead = 32 + 16 // HPKE's encapsulated key and tag
)

// ShortCodes are the factors whose codes can be guessed: a wait holds for all of them.
func ShortCodes() []events.Factor { return []events.Factor{events.TOTP, events.Email, events.SMS} }

// Sent reports whether codes of the factor travel to the user.
func Sent(f events.Factor) bool { return f == events.Email || f == events.SMS }

func shortCode(field string, f events.Factor) error {
	return events.OneOf(field, f, ShortCodes()...)
}

func optionalFactor(f events.Factor, allowed ...events.Factor) error {
	if f == "" {
		return nil
	}
	return events.OneOf("factor", f, allowed...)
}

func anyFactor() []events.Factor { return append(ShortCodes(), events.RecoveryCode) }

func factors(field string, list []events.Factor) error {
	for _, f := range list {
		if !slices.Contains(anyFactor(), f) {
			return events.Fault(field, "holds something that is not one of %v", anyFactor())
		}
	}
	return nil
}

func notNegative(field string, n int) error {
	if n < 0 {
		return events.Fault(field, "is negative: set it to 0 or more")
	}
	return nil
}
