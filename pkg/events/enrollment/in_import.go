package enrollment

import "countersign/pkg/events"

// ImportRequestedType is the wire name of a factor that comes from another system.
const ImportRequestedType = "countersign.enrollment.import_requested.v1"

// Bounds of a seed from another system, in bytes: the first apps made them of 80 bits; 512 are the block of SHA-1 and SHA-256, beyond which a
// key is hashed.
const (
	MinSeed = 10
	MaxSeed = 64
)

// Bounds of such an app's period, in seconds.
const (
	MinPeriod = 15
	MaxPeriod = 120
)

// ImportRequested brings the seed of an app that the user has already. It is active at once: nobody can be asked for a code. There is no
// clear form of the seed.
type ImportRequested struct {
	User         string        `json:"user"`
	Factor       events.Factor `json:"factor"`                 // totp
	SealedSeed   string        `json:"sealed_seed"`            // 10 to 64 raw bytes, sealed as the field seed for this ce-id
	SealedKeyID  string        `json:"sealed_key_id"`          // what sealed_seed is sealed to
	Algorithm    string        `json:"algorithm"`              // SHA1, SHA256 or SHA512
	Digits       int           `json:"digits"`                 // 6 to 8
	Period       int           `json:"period"`                 // seconds, 15 to 120
	AccountLabel events.Secret `json:"account_label,omitzero"` // what an app shows that the seed is shown to again; default the user
	By           string        `json:"by"`                     // opaque staff id, kept for ever
}

func (*ImportRequested) EventType() string { return ImportRequestedType }
func (e *ImportRequested) UserID() string  { return e.User }

func (e *ImportRequested) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		events.OneOf("factor", e.Factor, events.TOTP),
		e.checkSeed(),
		e.checkCodes(),
		checkLabel(e.AccountLabel),
		checkBy(e.By),
	)
}

func (e *ImportRequested) checkSeed() error {
	if e.SealedSeed == "" {
		return events.Fault("sealed_seed", "is missing: seal the seed to a key of keys.public")
	}
	return sealable{field: "seed", sealed: e.SealedSeed, key: e.SealedKeyID}.checkSealed()
}

func (e *ImportRequested) checkCodes() error {
	switch {
	case e.Digits < 6 || e.Digits > 8:
		return events.Fault("digits", "is not 6 to 8")
	case e.Period < MinPeriod || e.Period > MaxPeriod:
		return events.Fault("period", "is not %d to %d seconds", MinPeriod, MaxPeriod)
	}
	return events.OneOf("algorithm", e.Algorithm, SHA1, SHA256, SHA512)
}
