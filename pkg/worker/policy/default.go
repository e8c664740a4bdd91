package policy

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/recovery"
)

const day = 24 * time.Hour

// Default is the policy of a platform that says nothing but its name.
func Default(platform string) Policy { return defaults(platform).sealed() }

func defaults(platform string) Policy {
	return Policy{
		Platform: platform, Brand: platform, Enforcement: AtOnce, UserIDs: OpaqueUserIDs, RequireSealed: true, Locale: "en",
		Factors:          []events.Factor{events.TOTP, events.SMS},
		Reauthentication: 5 * time.Minute, StepUp: 5 * time.Minute,
		TOTP: TOTP{
			Algorithm: enrollment.SHA1, Digits: 6, Period: 30 * time.Second, Issuer: platform, Back: 1, Forward: 1,
			SecondDevice: true,
		},
		Code:   Code{Digits: 6, Life: 5 * time.Minute},
		SMS:    SMS{Countries: []string{AllCountries}},
		Resend: Resend{After: 30 * time.Second, PerChallenge: 5, PerHour: 10},
		Budget: Budget{
			PerUser: 20, PerContact: 30, PerPrefix: 300, PerCountry: 5_000, PerPlatform: 10_000, Notices: 3,
			PauseAfter: 30, PauseBelow: 10, PauseWindow: 2 * time.Hour, PauseFor: 4 * time.Hour,
		},
		Challenge:     Challenge{Life: 10 * time.Minute, Attempts: 5, Open: 5, LoginsPer10m: 30},
		Guess:         Guess{Free: 4, Window: day, FirstWait: 30 * time.Second, MaxWait: 2 * time.Hour, SuspendAt: 100, TellReuse: true},
		Enrollment:    Enrollment{PerHour: 5, WrongPerDay: 10, PendingLife: day, RequiredLife: 30 * day, Attempts: 5},
		RecoveryCodes: RecoveryCodes{Count: 10, WarnAt: 3},
		Notification:  Notification{Tries: 3},
		Recovery: Recovery{
			Steps:    []recovery.Step{recovery.Link, recovery.Text, recovery.Captcha},
			LinkLife: 5 * time.Minute, CodeLife: 5 * time.Minute, Life: 30 * time.Minute, PerHour: 5, WrongPerDay: 10,
			ContactHold: 72 * time.Hour, SupportWait: day, SupportLife: 7 * day,
		},
	}
}
