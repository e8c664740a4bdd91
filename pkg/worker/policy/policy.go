// Package policy holds what each platform has decided: which factors, which bounds, which waits.
//
// A policy comes from one YAML file; what it does not say is DESIGN's default. It is immutable: a change of the file makes
// another one, with another Hash, and every commit names the hash that it was decided under.
package policy

import (
	"time"

	"countersign/pkg/events"
)

// A Policy is one platform's.
type Policy struct {
	Platform string // DNS label
	Hash     string // SHA-256 of Document
	Document []byte // the policy with every default filled in, in one canonical form

	Brand            string          // what users read in mails and texts; default the platform's name
	Required         bool            // every user must have a factor
	Enforcement      Enforcement     // when a requirement begins to stop logins
	GraceDays        int             // with enforcement grace, 1 to 90
	Factors          []events.Factor // that may be enrolled; email only where it is named (SP 800-63B and ASVS rule it out)
	Exclusive        bool            // one active factor: a new one removes the others
	UserIDs          UserIDs         // whether ids that look like addresses are taken
	RequireSealed    bool            // codes, addresses and numbers in clear are refused; default true
	Locale           string          // of messages where a request names none, BCP 47
	ReturnURL        string          // where pages lead back to, https
	TOTP             TOTP
	Code             Code
	Resend           Resend
	Challenge        Challenge
	Guess            Guess
	Enrollment       Enrollment
	Reauthentication time.Duration // age at which a password check no longer counts, at most 5m
	StepUp           time.Duration // age at which an accepted login no longer backs a change, at most 5m
}

// Enforcement says when a requirement begins to stop logins.
type Enforcement string

const (
	AtOnce          Enforcement = "at_once"
	UntilActivation Enforcement = "until_activation"
	Grace           Enforcement = "grace"
)

// UserIDs says which ids are taken.
type UserIDs string

const (
	OpaqueUserIDs UserIDs = "opaque"
	AnyUserIDs    UserIDs = "any"
)

// TOTP is RFC 6238's.
type TOTP struct {
	Algorithm string        // SHA1, SHA256, SHA512
	Digits    int           // 6 or 8
	Period    time.Duration // 30s or 60s
	Issuer    string        // what apps show; default Brand
	Back      int           // steps, 0 to 2
	Forward   int           // steps, 0 to 2
}

// Code is a code that is sent.
type Code struct {
	Digits int           // 6 to 8
	Life   time.Duration // at most 10m (SP 800-63B 3.1.3.2)
}

// Resend bounds messages.
type Resend struct {
	After        time.Duration // first wait, doubling
	PerChallenge int
	PerHour      int // of a user
}

// Challenge bounds challenges and logins.
type Challenge struct {
	Life         time.Duration
	Attempts     int
	Open         int // of a user
	LoginsPer10m int // of a user
}

// Guess bounds wrong codes of a user.
type Guess struct {
	Free      int           // wrong codes in Window without a wait
	Window    time.Duration // 24h
	FirstWait time.Duration // doubling
	MaxWait   time.Duration
	SuspendAt int // in a row, at most 100 (SP 800-63B 3.2.2)
}

// Enrollment bounds enrollments.
type Enrollment struct {
	PerHour      int // requests of a user
	WrongPerDay  int // activation codes of a user
	PendingLife  time.Duration
	RequiredLife time.Duration // of a pending one while a factor is required
	Attempts     int           // wrong codes that discard one
}

// Default is the policy of a platform that says nothing but its name.
func Default(platform string) Policy {
	return Policy{
		Platform: platform, Brand: platform, Enforcement: AtOnce, UserIDs: OpaqueUserIDs, RequireSealed: true, Locale: "en",
		Factors:          []events.Factor{events.TOTP, events.SMS},
		TOTP:             TOTP{Algorithm: "SHA1", Digits: 6, Period: 30 * time.Second, Issuer: platform, Back: 1, Forward: 1},
		Code:             Code{Digits: 6, Life: 5 * time.Minute},
		Resend:           Resend{After: 30 * time.Second, PerChallenge: 5, PerHour: 10},
		Challenge:        Challenge{Life: 10 * time.Minute, Attempts: 5, Open: 5, LoginsPer10m: 30},
		Guess:            Guess{Free: 4, Window: 24 * time.Hour, FirstWait: 30 * time.Second, MaxWait: 2 * time.Hour, SuspendAt: 100},
		Enrollment:       Enrollment{PerHour: 5, WrongPerDay: 10, PendingLife: 24 * time.Hour, RequiredLife: 720 * time.Hour, Attempts: 5},
		Reauthentication: 5 * time.Minute, StepUp: 5 * time.Minute,
	}
}
