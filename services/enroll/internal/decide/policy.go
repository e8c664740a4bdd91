package decide

import (
	"slices"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
)

// Policy is what a platform's policy says about enrollments.
type Policy struct {
	Factors      []events.Factor // that may be enrolled
	Exclusive    bool            // an activation removes the factors of other kinds
	Required     bool            // every user of the platform must have a factor
	ResetRefused bool            // factor.reset_requested is not allowed: recovery demands approval
	Locale       string          // of messages where the request names none; "" leaves it to the notifier

	Algorithm string // totp: enrollment.SHA1, SHA256 or SHA512
	Digits    int    // totp: 6 to 8
	Period    int    // totp: seconds

	CodeDigits int           // of a code that is sent
	CodeLife   time.Duration // likewise

	ResendAfter          time.Duration // first; doubles with every sending
	ResendsPerEnrollment int
	ResendsPerHour       int // of a user; at most enrollment.MaxTimes, as the two below

	RequestsPerHour int           // of a user
	WrongPerDay     int           // codes of a user, over all enrollments
	Attempts        int           // wrong codes that discard an enrollment
	PendingLife     time.Duration // of an enrollment
	RequiredLife    time.Duration // likewise, where the user must have a factor

	Reauthentication time.Duration // age at which a password check no longer counts
	StepUp           time.Duration // age at which an accepted login no longer counts; less than enrollment.SpentLife
	NoticeLife       time.Duration // after which a notice is no longer sent
}

// Defaults returns the policy of a platform that says nothing.
func Defaults() Policy {
	return Policy{
		Factors:   []events.Factor{events.TOTP, events.SMS}, // email is off: SP 800-63B 3.1.3.1 rules it out
		Algorithm: enrollment.SHA1, Digits: 6, Period: 30,
		CodeDigits: 6, CodeLife: 5 * time.Minute,
		ResendAfter: 30 * time.Second, ResendsPerEnrollment: 5, ResendsPerHour: 10,
		RequestsPerHour: 5, WrongPerDay: 10, Attempts: 5,
		PendingLife: 24 * time.Hour, RequiredLife: 30 * 24 * time.Hour,
		Reauthentication: 5 * time.Minute, StepUp: 5 * time.Minute, NoticeLife: 24 * time.Hour,
	}
}

func (p Policy) allows(f events.Factor) *events.Rejection {
	if slices.Contains(p.Factors, f) {
		return nil
	}
	return refuse(events.NotAllowed, "factor", "is not a factor that this platform's policy allows")
}
