// Package totp matches time-based codes of RFC 6238.
//
// It says which time steps a code fits and leaves it to the caller what that means: a step may have been used before. Every step of
// the window is computed and compared in constant time, whichever fits. It keeps nothing.
package totp

import (
	"crypto/subtle"
	"encoding/base32"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"countersign/pkg/events"
)

// Options say how codes follow from a seed. Options that are not within these bounds match nothing.
type Options struct {
	Algorithm string        // SHA1, SHA256 or SHA512
	Digits    int           // 6 to 8
	Period    time.Duration // whole seconds, at least 1 s; usually 30 s
	Back      int           // steps before the present one that count, 0 to 10: slow people, clocks that are behind
	Forward   int           // steps after it, 0 to 10: clocks that are ahead
}

const maxWindow = 10

// Step returns the number of the time step of at: RFC 6238's T, with T0 the Unix epoch. It is false before the epoch and for a
// period out of bounds.
func Step(at time.Time, period time.Duration) (uint64, bool) {
	if period < time.Second || period%time.Second != 0 || at.Unix() < 0 {
		return 0, false
	}
	return uint64(at.Unix()) / uint64(period/time.Second), true
}

// Code returns the code of a time step; no code for options out of bounds or an empty seed.
func Code(seed []byte, step uint64, o Options) events.Secret {
	return events.NewSecret(codes(seed, o)(step))
}

// codes gives the code of each step; "" for options out of bounds or an empty seed. The seed is encoded once: the library that computes codes
// takes it as it stands in a link for an app.
func codes(seed []byte, o Options) func(step uint64) string {
	algorithm, ok := algorithms[o.Algorithm]
	if !ok || o.Digits < 6 || o.Digits > 8 || len(seed) == 0 {
		return func(uint64) string { return "" }
	}
	secret := base32.StdEncoding.EncodeToString(seed)
	opts := hotp.ValidateOpts{Digits: otp.Digits(o.Digits), Algorithm: algorithm}
	return func(step uint64) string {
		text, _ := hotp.GenerateCodeCustom(secret, step, opts) // fails only on a secret that is not base32, with ""
		return text
	}
}

// Steps returns all time steps around at that code fits, lowest first. The code is normalized.
func Steps(seed []byte, code events.Secret, at time.Time, o Options) []uint64 {
	now, ok := Step(at, o.Period)
	if !ok || !within(o.Back) || !within(o.Forward) {
		return nil
	}
	typed, right := Normalize(code).Reveal(), codes(seed, o)
	var fits []uint64
	for step := now - min(now, uint64(o.Back)); step <= now+uint64(o.Forward); step++ {
		if equal(typed, right(step)) {
			fits = append(fits, step)
		}
	}
	return fits
}

func within(steps int) bool { return steps >= 0 && steps <= maxWindow }

// equal is false for two empty codes: nothing fits nothing.
func equal(typed, right string) bool {
	return subtle.ConstantTimeCompare([]byte(typed), []byte(right)) == 1 && right != ""
}

var algorithms = map[string]otp.Algorithm{
	"SHA1":   otp.AlgorithmSHA1,
	"SHA256": otp.AlgorithmSHA256,
	"SHA512": otp.AlgorithmSHA512,
}
