// Package importer is what reads the seeds of other systems have in common; its folders are one format each.
//
// A Parser reads as it goes and keeps nothing, so that a file may be larger than memory. Whatever is wrong with an entry is a Fault that
// names its line and what to do, and the next entry is read; an error that is no Fault is of the input itself, and the last. No error
// holds a seed, a label or a user.
package importer

import (
	"fmt"
	"io"
	"iter"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
)

// A Parser gives the entries of a file, each a record or an error.
type Parser func(io.Reader) iter.Seq2[Record, error]

// A Record is one time-based seed.
type Record struct {
	Line      int           // where it begins, from 1
	User      events.Secret // whose it is, as the other system says: a name, an address, an id
	Issuer    string        // who issued it, if that is said
	Seed      events.Secret // raw bytes: MinSeed to MaxSeed
	Algorithm string        // SHA1, SHA256 or SHA512
	Digits    int           // 6 to 8
	Period    time.Duration // whole seconds, MinPeriod to MaxPeriod
}

// Bounds of a record, the contract's. RFC 4226 R6 wants seeds of at least 128 bits, but the first authenticator apps made them of 80.
const (
	MinSeed   = enrollment.MinSeed // bytes
	MaxSeed   = enrollment.MaxSeed
	MinPeriod = enrollment.MinPeriod * time.Second
	MaxPeriod = enrollment.MaxPeriod * time.Second
	maxUser   = 256 // bytes, like events.MaxUser
	maxIssuer = 256
)

// IsShort reports whether the seed is below what RFC 4226 wants: it should be replaced soon.
func (r Record) IsShort() bool { return len(r.Seed.Reveal()) < 16 }

// A Fault is what is wrong with one entry.
type Fault struct {
	Line   int    // where the entry begins, from 1
	What   string // what is wrong, without the value that is
	Remedy string // what to do about it
}

func (f *Fault) Error() string { return fmt.Sprintf("line %d: %s; %s", f.Line, f.What, f.Remedy) }

// Faultf makes a fault whose line is not known yet: First sets it.
func Faultf(remedy, what string, args ...any) *Fault {
	return &Fault{What: fmt.Sprintf(what, args...), Remedy: remedy}
}

// Check fills in what most systems leave out and looks at the rest. A fault has the record's line.
func (r Record) Check() (Record, error) {
	if r.Algorithm == "" {
		r.Algorithm = enrollment.SHA1
	}
	if r.Digits == 0 {
		r.Digits = 6
	}
	if r.Period == 0 {
		r.Period = 30 * time.Second
	}
	if f := r.fault(); f != nil {
		f.Line = r.Line
		return Record{}, f
	}
	return r, nil
}

func (r Record) fault() *Fault {
	const anew = "enroll the user anew"
	switch size := len(r.Seed.Reveal()); {
	case events.ID("user", r.User.Reveal(), maxUser) != nil:
		return Faultf("say whose it is, in 1 to 256 bytes without control characters", "the user is missing, or is no name")
	case events.OptionalID("issuer", r.Issuer, maxIssuer) != nil:
		return Faultf("shorten it to 256 bytes without control characters", "the issuer is no name")
	case size < MinSeed || size > MaxSeed:
		return Faultf(anew, "the seed has %d bytes, which is not %d to %d", size, MinSeed, MaxSeed)
	case r.Algorithm != enrollment.SHA1 && r.Algorithm != enrollment.SHA256 && r.Algorithm != enrollment.SHA512:
		return Faultf(anew, "the algorithm is not SHA1, SHA256 or SHA512")
	case r.Digits < 6 || r.Digits > 8:
		return Faultf(anew, "%d digits are not 6 to 8", r.Digits)
	case r.Period < MinPeriod || r.Period > MaxPeriod || r.Period%time.Second != 0:
		return Faultf(anew, "the period is not %d to %d whole seconds", enrollment.MinPeriod, enrollment.MaxPeriod)
	}
	return nil
}
