package worker

import (
	"context"
	"errors"
	"fmt"

	"countersign/pkg/events"
	"countersign/pkg/events/seal"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/keyring"
)

// A Field is one of code, email and phone as a platform sent it: in clear, or sealed to one of our keys.
type Field struct {
	Name   string // of the clear one
	ID     string // challenge_id, enrollment_id, else ce-id: where it was sealed for
	Clear  events.Secret
	Sealed string
	KeyID  string
}

// Open gives the field's text. What cannot be opened, and a clear one where the platform's policy wants it sealed, is a
// *events.Rejection.
func (k Kit) Open(ctx context.Context, r decider.Request, f Field) (events.Secret, error) {
	if f.Sealed == "" {
		return f.Clear, k.clearAllowed(r, f)
	}
	place := seal.Place{Platform: r.Platform, User: r.User, Type: r.Envelope.Type, ID: f.ID, Field: f.Name}
	text, err := k.Keys.Open(ctx, f.KeyID, place, f.Sealed)
	switch {
	case errors.Is(err, keyring.ErrUnknownKey):
		return text, &events.Rejection{Code: events.UnknownKey, Field: "sealed_key_id", Message: "names no key that is held here: seal to the newest of keys.public"}
	case errors.Is(err, seal.ErrOpen):
		return text, &events.Rejection{Code: events.Invalid, Field: "sealed_" + f.Name, Message: err.Error()}
	case err != nil:
		return text, fmt.Errorf("open sealed %s: %w", f.Name, err)
	}
	return text, nil
}

func (k Kit) clearAllowed(r decider.Request, f Field) error {
	p, _ := k.Policies(r.Platform)
	if f.Clear.IsZero() || !p.RequireSealed {
		return nil
	}
	return &events.Rejection{Code: events.Invalid, Field: f.Name, Message: "is in clear: this platform's policy wants sealed_" + f.Name}
}
