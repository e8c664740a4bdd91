package guard

import (
	"encoding/base64"

	"countersign/pkg/events"
)

// LoginStarted reports that the password was right, or asks for a step-up.
type LoginStarted struct {
	User      string        `json:"user"`
	LoginID   string        `json:"login_id"`             // the platform's name for the login, 1 to 128 bytes, never used twice
	Purpose   Purpose       `json:"purpose,omitempty"`    // absent: login
	Factor    events.Factor `json:"factor,omitempty"`     // a wish; without it the user's newest
	Locale    string        `json:"locale,omitempty"`     // BCP 47, for messages; absent: the policy's
	IP        string        `json:"ip,omitempty"`         // at most 64 bytes; not kept
	UserAgent string        `json:"user_agent,omitempty"` // at most 1,024 bytes; not kept
}

func (*LoginStarted) EventType() string { return LoginStartedType }
func (e *LoginStarted) UserID() string  { return e.User }
func (e *LoginStarted) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		events.ID("login_id", e.LoginID, events.MaxID),
		events.OneOf("purpose", e.Purpose, "", ForLogin, ForStepUp),
		optionalFactor(e.Factor, ShortCodes()...),
		events.OptionalID("locale", e.Locale, events.MaxLocale),
		events.OptionalText("ip", e.IP, MaxIP),
		events.OptionalText("user_agent", e.UserAgent, MaxUserAgent),
	)
}

// AttemptSubmitted brings the code that a user typed, in clear or sealed.
type AttemptSubmitted struct {
	User        string        `json:"user"`
	ChallengeID string        `json:"challenge_id"`
	Code        events.Secret `json:"code,omitzero"`           // 1 to 64 bytes; spaces and hyphens are ignored
	SealedCode  string        `json:"sealed_code,omitempty"`   // instead of code: HPKE, base64
	SealedKeyID string        `json:"sealed_key_id,omitempty"` // with sealed_code: the key of keys.public
	Factor      events.Factor `json:"factor,omitempty"`        // absent: the challenge's
}

func (*AttemptSubmitted) EventType() string { return AttemptSubmittedType }
func (e *AttemptSubmitted) UserID() string  { return e.User }
func (e *AttemptSubmitted) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		events.ID("challenge_id", e.ChallengeID, events.MaxID),
		e.checkCode(),
		optionalFactor(e.Factor, anyFactor()...),
	)
}

func (e *AttemptSubmitted) checkCode() error {
	switch {
	case e.SealedCode == "" && e.SealedKeyID == "":
		return events.Text("code", e.Code.Reveal(), events.MaxCode)
	case !e.Code.IsZero():
		return events.Fault("code", "is given beside sealed_code: send one of them")
	}
	return events.First(
		events.Text("sealed_code", e.SealedCode, MaxSealed),
		checkSealed("sealed_code", e.SealedCode),
		events.ID("sealed_key_id", e.SealedKeyID, events.MaxID),
	)
}

func checkSealed(field, value string) error {
	raw, err := base64.StdEncoding.DecodeString(value)
	if err != nil || len(raw) <= sealedOverhead {
		return events.Fault(field, "is not base64 of enc and ciphertext: see the contract on sealed fields")
	}
	return nil
}

// ResendRequested asks for a new code of a challenge, or for another factor.
type ResendRequested struct {
	User        string        `json:"user"`
	ChallengeID string        `json:"challenge_id"`
	Factor      events.Factor `json:"factor,omitempty"` // switch to this one; absent: the challenge's
}

func (*ResendRequested) EventType() string { return ResendRequestedType }
func (e *ResendRequested) UserID() string  { return e.User }
func (e *ResendRequested) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		events.ID("challenge_id", e.ChallengeID, events.MaxID),
		optionalFactor(e.Factor, ShortCodes()...),
	)
}

// UnlockRequested ends a wait or a suspension.
type UnlockRequested struct {
	User   string        `json:"user"`
	By     string        `json:"by"`               // opaque staff id, kept for ever
	Factor events.Factor `json:"factor,omitempty"` // absent: all
}

func (*UnlockRequested) EventType() string { return UnlockRequestedType }
func (e *UnlockRequested) UserID() string  { return e.User }
func (e *UnlockRequested) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		events.ID("by", e.By, events.MaxID),
		optionalFactor(e.Factor, ShortCodes()...),
	)
}

// ChallengeExpiryDue is verify's message to itself for the end of a challenge.
type ChallengeExpiryDue struct {
	User        string `json:"user"`
	ChallengeID string `json:"challenge_id"`
}

func (*ChallengeExpiryDue) EventType() string { return ExpiryDueType }
func (e *ChallengeExpiryDue) UserID() string  { return e.User }
func (e *ChallengeExpiryDue) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		events.ID("challenge_id", e.ChallengeID, events.MaxID),
	)
}
