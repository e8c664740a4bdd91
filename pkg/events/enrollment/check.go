package enrollment

import (
	"encoding/base64"
	"time"

	"countersign/pkg/events"
)

// MaxLabel bounds an account label, in bytes.
const MaxLabel = 256

// sealedOverhead is what HPKE adds to a text: the encapsulated key and the tag.
const sealedOverhead = 32 + 16

// CheckCode checks what somebody typed, spaces and hyphens included.
func CheckCode(field string, code events.Secret) error {
	return events.Text(field, code.Reveal(), events.MaxCode)
}

func checkLabel(label events.Secret) error {
	return events.OptionalID("account_label", label.Reveal(), MaxLabel)
}

func checkLocale(locale string) error { return events.OptionalID("locale", locale, events.MaxLocale) }

// A sealable field comes in clear or sealed, never both.
type sealable struct {
	field  string
	clear  events.Secret
	sealed string
	key    string // sealed_key_id
	check  func(string, events.Secret) error
}

func (s sealable) required() error {
	if s.clear.IsZero() && s.sealed == "" {
		return events.Fault(s.field, "is missing: send %s or sealed_%s", s.field, s.field)
	}
	return s.optional()
}

func (s sealable) optional() error {
	switch {
	case s.sealed != "" && !s.clear.IsZero():
		return events.Fault("sealed_"+s.field, "stands beside %s: send one of them", s.field)
	case s.sealed != "":
		return s.checkSealed()
	case s.clear.IsZero():
		return nil
	}
	return s.check(s.field, s.clear)
}

func (s sealable) checkSealed() error {
	if err := events.ID("sealed_key_id", s.key, events.MaxID); err != nil {
		return err
	}
	if err := events.OptionalText("sealed_"+s.field, s.sealed, events.MaxSealed); err != nil {
		return err
	}
	raw, err := base64.StdEncoding.DecodeString(s.sealed)
	if err != nil || len(raw) <= sealedOverhead {
		return events.Fault("sealed_"+s.field, "is not base64 of enc and ciphertext: see the contract on sealed fields")
	}
	return nil
}

func checkFactor(f events.Factor) error {
	return events.OneOf("factor", f, events.TOTP, events.Email, events.SMS)
}

func checkPositive(field string, n int) error {
	if n < 1 {
		return events.Fault(field, "is below 1")
	}
	return nil
}

func checkEnrollment(id string) error { return events.ID("enrollment_id", id, events.MaxID) }

func checkLogin(id string) error { return events.ID("login_id", id, events.MaxID) }

func checkOptionalLogin(id string) error { return events.OptionalID("login_id", id, events.MaxID) }

func checkBy(by string) error { return events.ID("by", by, events.MaxID) }

func checkReauthenticated(t time.Time) error { return events.When("reauthenticated_at", t) }
