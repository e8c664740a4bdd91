package enrollment

import (
	"time"

	"countersign/pkg/events"
)

// RPCs returns what enroll answers at once, in the order of the contract.
func RPCs() []events.RPC {
	return []events.RPC{
		{
			Entity: "enrollment", Verb: "provisioning", Worker: Worker, Roles: []string{"settings"},
			About:   "What an authenticator app needs: the seed as URI, text and QR code.",
			Request: func() any { return new(ProvisioningRequest) }, Answer: func() any { return new(Provisioning) },
		},
		{
			Entity: "recovery_codes", Verb: "reveal", Worker: Worker, Roles: []string{"settings"},
			About:   "A new set of recovery codes, to be shown once.",
			Request: func() any { return new(RevealRequest) }, Answer: func() any { return new(Revealed) },
		},
		{
			Entity: "keys", Verb: "public", Worker: Worker, Roles: []string{"login", "settings", "admin"},
			About:   "The keys to which fields can be sealed.",
			Request: func() any { return new(PublicKeysRequest) }, Answer: func() any { return new(PublicKeys) },
		},
	}
}

// ProvisioningRequest asks for what an authenticator app needs.
type ProvisioningRequest struct {
	User         string `json:"user"`
	EnrollmentID string `json:"enrollment_id"`
	LoginID      string `json:"login_id,omitempty"` // required once active: accepted at most 5 minutes ago, spent by this
}

// Validate returns nil or a *events.FieldError.
func (r ProvisioningRequest) Validate() error {
	return events.First(events.CheckUser(r.User), checkEnrollment(r.EnrollmentID), checkOptionalLogin(r.LoginID))
}

// Provisioning is the answer. Whoever sees it can make the user's codes: it travels in a reply and is stored nowhere.
type Provisioning struct {
	URI       events.Secret `json:"uri"`    // otpauth://totp/…
	Secret    events.Secret `json:"secret"` // the seed in base32 without padding, for typing
	QRPNG     events.Secret `json:"qr_png"` // URI as a QR code: a PNG in base64
	Algorithm string        `json:"algorithm"`
	Digits    int           `json:"digits"`
	Period    int           `json:"period"` // seconds
}

// RevealRequest asks for a set of recovery codes.
type RevealRequest struct {
	User  string `json:"user"`
	SetID string `json:"set_id"`
}

// Validate returns nil or a *events.FieldError.
func (r RevealRequest) Validate() error {
	return events.First(events.CheckUser(r.User), events.ID("set_id", r.SetID, events.MaxID))
}

// Revealed is the answer: the codes, and the same as a file to keep.
type Revealed struct {
	Codes    []events.Secret `json:"codes"`
	FileName string          `json:"file_name"`
	FileText events.Secret   `json:"file_text"`
}

// PublicKeysRequest asks for the keys to which fields can be sealed.
type PublicKeysRequest struct{}

// PublicKeys is the answer, the key to use first.
type PublicKeys struct {
	Keys []PublicKey `json:"keys"`
}

// A PublicKey takes sealed fields until NotAfter.
type PublicKey struct {
	KeyID     string    `json:"key_id"`
	PublicKey string    `json:"public_key"` // base64
	Suite     string    `json:"suite"`
	NotAfter  time.Time `json:"not_after"`
}
