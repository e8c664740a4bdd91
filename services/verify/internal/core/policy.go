package core

import (
	"time"

	"countersign/pkg/events"
)

// Policy is what a platform may set, as far as decisions here depend on it.
type Policy struct {
	Factors     []events.Factor // that may be enrolled; told to who has to
	Required    bool            // every user needs a factor
	Enforcement Enforcement     // of a requirement
	Grace       time.Duration   // with enforcement grace
	Locale      string          // of messages, where the login names none
	CodeLife    time.Duration   // of a sent code
	Challenge   ChallengePolicy
	Resend      ResendPolicy
	Guess       GuessPolicy
}

// Enforcement says when a requirement begins to stop logins.
type Enforcement string

const (
	AtOnce          Enforcement = "at_once"
	UntilActivation Enforcement = "until_activation" // logins go on until the user's first activation
	Grace           Enforcement = "grace"            // logins go on for Policy.Grace
)

// ChallengePolicy bounds challenges and logins.
type ChallengePolicy struct {
	Life        time.Duration
	Attempts    int
	Open        int // of a user at a time; one more closes the oldest
	LoginsPer10 int // of a user in ten minutes, at most guard.KeptLogins
}

// ResendPolicy bounds messages.
type ResendPolicy struct {
	After        time.Duration // wait after the first sending; doubles with each
	PerChallenge int
	PerHour      int // of a user, at most guard.KeptResends
}

// GuessPolicy bounds wrong codes of a user.
type GuessPolicy struct {
	Free      int           // wrong codes in Window without a wait
	Window    time.Duration // at most guard.WrongAge
	FirstWait time.Duration // doubles with each
	MaxWait   time.Duration
	SuspendAt int // wrong codes in a row, at most 100 (SP 800-63B 3.2.2)
}

// Good for, after a code was accepted or a login waived: later the event counts as absent.
const goodFor = 2 * time.Minute

// Defaults returns what holds where a platform's policy says nothing.
func Defaults() Policy {
	return Policy{
		Factors:     []events.Factor{events.TOTP, events.SMS},
		Enforcement: AtOnce,
		Locale:      "en",
		CodeLife:    5 * time.Minute,
		Challenge:   ChallengePolicy{Life: 10 * time.Minute, Attempts: 5, Open: 5, LoginsPer10: 30},
		Resend:      ResendPolicy{After: 30 * time.Second, PerChallenge: 5, PerHour: 10},
		Guess: GuessPolicy{
			Free: 4, Window: 24 * time.Hour, FirstWait: 30 * time.Second, MaxWait: 2 * time.Hour, SuspendAt: 100,
		},
	}
}

// doubled is first, doubled times times, at most the bound.
func doubled(first time.Duration, times int, most time.Duration) time.Duration {
	for ; times > 0 && first < most; times-- {
		first *= 2
	}
	return min(first, most)
}

// within holds a limit to what State remembers.
func within(limit, most int) int { return max(1, min(limit, most)) }
