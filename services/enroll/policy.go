package enroll

import (
	"countersign/pkg/worker/policy"
	"countersign/services/enroll/internal/decide"
)

// rules is what of a platform's policy decisions are made under.
func rules(p policy.Policy) decide.Policy {
	d := decide.Defaults()
	d.Factors, d.Exclusive, d.Required, d.Locale = p.Factors, p.Exclusive, p.Required, p.Locale
	d.Algorithm, d.Digits, d.Period = string(p.TOTP.Algorithm), p.TOTP.Digits, int(p.TOTP.Period.Seconds())
	d.CodeDigits, d.CodeLife = p.Code.Digits, p.Code.Life
	d.ResendAfter, d.ResendsPerEnrollment, d.ResendsPerHour = p.Resend.After, p.Resend.PerChallenge, p.Resend.PerHour
	d.RequestsPerHour, d.WrongPerDay, d.Attempts = p.Enrollment.PerHour, p.Enrollment.WrongPerDay, p.Enrollment.Attempts
	d.PendingLife, d.RequiredLife = p.Enrollment.PendingLife, p.Enrollment.RequiredLife
	d.Reauthentication, d.StepUp = p.Reauthentication, p.StepUp
	return d
}
