package enroll

import (
	"context"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/phone"
	"countersign/services/enroll/internal/decide"
	"countersign/services/enroll/internal/hint"
)

// A contactKind is what differs between addresses and numbers.
type contactKind struct {
	field string // in events, and in the ciphertext's place
	check func(field string, text events.Secret) error
	mask  func(events.Secret) string
}

func (s *shell) email(ctx context.Context, m moment, f worker.Field) (*decide.Named, error) {
	return s.contact(ctx, m, f, contactKind{"email", events.CheckEmail, hint.Email}, m.state.Email)
}

func (s *shell) phone(ctx context.Context, m moment, f worker.Field) (*decide.Named, error) {
	p, _ := s.Policies(m.Platform)
	check := func(field string, number events.Secret) error {
		if err := events.CheckPhone(field, number); err != nil {
			return err
		}
		return phone.Check(field, number, p.SMS.Countries)
	}
	return s.contact(ctx, m, f, contactKind{"phone", check, hint.Phone}, m.state.Phone)
}

// contact hides what a request names under the user's delivery key; nil where it names none.
func (s *shell) contact(ctx context.Context, m moment, f worker.Field, kind contactKind, kept *enrollment.Kept) (*decide.Named, error) {
	f.Name = kind.field
	text, err := s.Open(ctx, m.Request, f)
	if err != nil || text.IsZero() {
		return nil, err
	}
	if err := kind.check(kind.field, text); err != nil { // a sealed one is seen here for the first time
		return nil, events.Reject(err)
	}
	ref, err := s.Rings.Create(ctx, m.Platform, m.UserKey)
	if err != nil {
		return nil, err
	}
	named := &decide.Named{Contact: enrollment.Contact{Hint: kind.mask(text), Key: keyOf(ref)}}
	if named.Same, err = s.same(ctx, m, kind.field, text, kept); err != nil {
		return nil, err
	}
	named.Ciphertext, err = s.hide(ctx, m, ref, kind.field, text)
	return named, err
}

// same reports whether the contact is the one that is kept: reporting it again changes nothing.
func (s *shell) same(ctx context.Context, m moment, field string, text events.Secret, kept *enrollment.Kept) (bool, error) {
	if kept == nil {
		return false, nil
	}
	old, err := s.Rings.OpenText(ctx, keyring.Delivery, m.Platform, m.UserKey, kept.Key.Keyring, s.place(m, field), kept.Ciphertext)
	return err == nil && old.Equal(text), err
}

// hide encrypts a text under the user's delivery key, bound to stream and field; "" for no text.
func (s *shell) hide(ctx context.Context, m moment, ref keyring.Ref, field string, text events.Secret) (string, error) {
	if text.IsZero() {
		return "", nil
	}
	key, err := s.Rings.Key(ctx, keyring.Delivery, m.Platform, m.UserKey, ref)
	if err != nil {
		return "", err
	}
	return key.Seal(s.place(m, field), text)
}

func (s *shell) place(m moment, field string) keyring.Place {
	return keyring.Place{Stream: m.Stream(worker.EnrollmentKind).String(), Field: field}
}
