// Package policy holds what each platform has decided: which factors, which bounds, which waits.
//
// A policy comes from one YAML file, `platforms: {<name>: {<field>: <value>}}`. What the file does not say is the default, what
// it says must be within its bound, and every error of the file is told at once, with its line. A policy is immutable: a change of
// the file makes another one, with another Hash, and every commit names the hash that it was decided under.
//
// testdata/example.yaml has every field. Durations are written 30s, 10m, 72h, in whole seconds.
package policy

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/recovery"
)

// A Policy is one platform's.
type Policy struct {
	Platform string // DNS label, lower case; as in subjects
	Hash     string // SHA-256 of Document in hex
	Document []byte // the policy with every default filled in, in one canonical form: JSON with sorted keys

	// Brand is what users read in mails and texts. Default: the platform's name; 1 to 64 bytes.
	Brand string
	// BrandColor is of the buttons on the pages of a recovery: #rrggbb. Default: none.
	BrandColor string
	// BrandLogo stands on those pages: a data: URI of a PNG, SVG or WebP of at most 16 KiB. Default: none. See Logo.
	BrandLogo string
	// Required says that every user must have a factor. Default: false, platforms ask user by user.
	Required bool
	// Enforcement says when a requirement begins to stop logins. Default: at_once.
	Enforcement Enforcement
	// GraceDays is for how many days logins go on with enforcement grace, 1 to 90; else 0.
	GraceDays int
	// Factors may be enrolled. Default: totp, sms. Email only where it is named: SP 800-63B 3.1.3.1 and ASVS rule it out.
	Factors []events.Factor
	// Exclusive keeps one active factor: a new one removes the others. Default: false, the newest is asked first.
	Exclusive bool
	// UserIDs says whether ids that look like addresses or phone numbers are taken. Default: opaque, since ids stay for ever.
	UserIDs UserIDs
	// RequireSealed refuses codes, addresses and phone numbers in clear. Default: true.
	RequireSealed bool
	// Locale is of messages where a request names none, as BCP 47. Default: en.
	Locale string
	// ReturnURL is where the pages of a recovery lead back to: https, or http on this machine. Default: none.
	ReturnURL string
	// Reauthentication is the age at which a check of the password no longer counts. Default and most: 5m; least 30s.
	Reauthentication time.Duration
	// StepUp is the age at which an accepted login no longer backs a change. Default and most: 5m; least 30s.
	StepUp time.Duration

	TOTP          TOTP
	Code          Code
	SMS           SMS
	Resend        Resend
	Budget        Budget
	Challenge     Challenge
	Guess         Guess
	Enrollment    Enrollment
	RecoveryCodes RecoveryCodes
	Recovery      Recovery
	Notification  Notification
}

// Enforcement says when a requirement begins to stop logins.
type Enforcement string

const (
	AtOnce          Enforcement = "at_once"
	UntilActivation Enforcement = "until_activation" // logins go on until the user's first activation
	Grace           Enforcement = "grace"            // logins go on for GraceDays
)

// UserIDs says which ids are taken.
type UserIDs string

const (
	OpaqueUserIDs UserIDs = "opaque"
	AnyUserIDs    UserIDs = "any"
)

// TOTP is what apps are provisioned with (RFC 6238), and how far their clocks may be off.
type TOTP struct {
	Algorithm string        // SHA1, SHA256, SHA512. Default: SHA1; many apps know no other
	Digits    int           // 6 or 8. Default: 6
	Period    time.Duration // of a step, 30s to 60s. Default: 30s; many apps know no other
	Issuer    string        // what apps show; 1 to 64 bytes without a colon. Default: Brand
	Back      int           // steps that a code may be late, 0 to 2. Default: 1 (RFC 6238 5.2)
	Forward   int           // steps that a code may be early, 0 to 2. Default: 1

	SecondDevice bool // the seed of an active app may be shown again, after a step-up. Default: true
	NeedsEmail   bool // an app is activated only for users whose address is kept. Default: false
	NeedsPhone   bool // likewise a phone number. Default: false
}

// Code is a code that is sent.
type Code struct {
	Digits int           // 6 to 8. Default: 6
	Life   time.Duration // 1m to 10m (SP 800-63B 3.1.3.2). Default: 5m
}

// Resend bounds how often a code is sent.
type Resend struct {
	After        time.Duration // until the first resend, doubling with each; 10s to 10m. Default: 30s
	PerChallenge int           // 1 to 10. Default: 5
	PerHour      int           // of a user, over all challenges; 1 to 30. Default: 10
}

// Budget bounds what is texted, so that nobody earns by texts to numbers of his own. Codes for numbers that nobody has proven yet and codes
// for all others are counted apart, each up to the same bounds: who enrolls numbers in masses takes nothing from who logs in.
// Of what many share, users who have proven their number may have as much again for their first three codes of an hour.
type Budget struct {
	PerUser     int // texted codes of a user and hour, 1 to 200. Default: 20
	PerContact  int // of a number, over all users; also mails to an address that nobody has proven; 1 to 1,000. Default: 30
	PerPrefix   int // of numbers that begin alike: calling code and four digits; 1 to 1,000,000. Default: 300
	PerCountry  int // 1 to 10,000,000. Default: 5,000
	PerPlatform int // 1 to 100,000,000. Default: 10,000
	Notices     int // texts of a user, hour and kind that are no codes, apart from all others; 1 to 20. Default: 3

	PauseAfter  int           // codes of a prefix within PauseWindow from which on it may be paused, 10 to 10,000. Default: 30
	PauseBelow  int           // of a hundred codes, so many are entered where it is not paused, 0 to 50. Default: 10; 0: none is paused
	PauseWindow time.Duration // 1h to 24h. Default: 2h
	PauseFor    time.Duration // doubling up to a day while it goes on; 10m to 72h. Default: 4h
}

// Challenge bounds challenges and logins.
type Challenge struct {
	Life         time.Duration // 2m to 30m, at least a code's. Default: 10m
	Attempts     int           // wrong codes that close one, 1 to 10. Default: 5
	Open         int           // of a user at a time, 1 to 5; one more closes the oldest. Default: 5
	LoginsPer10m int           // of a user, 1 to 30; more are rate_limited. Default: 30
}

// Guess bounds wrong codes of a user, over everything. Whatever is set, someone who only guesses may be right on less than one
// day in ten thousand: see GuessesPerDay.
type Guess struct {
	Free      int           // wrong codes within Window without a wait, 0 to 9. Default: 4, the fifth begins one
	Window    time.Duration // 1h to 24h. Default: 24h
	FirstWait time.Duration // doubling with each wrong code, 1s to 1h. Default: 30s
	MaxWait   time.Duration // 1m to 24h, at least FirstWait. Default: 2h
	SuspendAt int           // wrong codes in a row, 10 to 100 (SP 800-63B 3.2.2). Default: 100
	TellReuse bool          // a used code tried in another login is told to every contact, once. Default: true
}

// Enrollment bounds enrollments.
type Enrollment struct {
	PerHour      int           // requests of a user, 1 to 30. Default: 5
	WrongPerDay  int           // wrong activation codes of a user, 1 to 30. Default: 10
	PendingLife  time.Duration // 10m to 168h. Default: 24h
	RequiredLife time.Duration // likewise where the user must have a factor, 1h to 2160h. Default: 720h, 30 days
	Attempts     int           // wrong codes that discard one, 1 to 10. Default: 5
}

// RecoveryCodes are the printed codes, of 80 bits each.
type RecoveryCodes struct {
	Count  int // of a set, 8 to 16. Default: 10
	WarnAt int // left, when the user is warned; 0 to 8. Default: 3
}

// Notification bounds the sending of one message, whatever crashes.
type Notification struct {
	Tries int // calls of providers, 1 to 5. Default: 3; a message without an outcome may have arrived by each
}

// Recovery is the way back for who has lost a device.
type Recovery struct {
	// URL is under which users reach the pages of a recovery: https, or http on this machine; at most 256 bytes, without a slash at
	// the end, a query or a fragment. Default: none, and users cannot recover by themselves.
	URL         string
	Steps       []recovery.Step // all of them, in this order, link first. Default: link, sms, captcha
	PerHour     int             // cases and resends of a user, 1 to 30. Default: 5
	LinkLife    time.Duration   // 1m to 10m. Default: 5m
	CodeLife    time.Duration   // of the texted code, 1m to 10m. Default: 5m
	Life        time.Duration   // of a case, 10m to 2h. Default: 30m
	WrongPerDay int             // wrong codes of a user, 1 to 30. Default: 10
	ContactHold time.Duration   // how long a changed contact needs the support path, 24h to 720h. Default: 72h
	SupportWait time.Duration   // in which a notified contact can cancel, 1h to 168h. Default: 24h
	SupportLife time.Duration   // of a case opened by support, more than SupportWait, 24h to 720h. Default: 168h
}
