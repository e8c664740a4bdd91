package verify

import (
	"time"

	"countersign/pkg/worker/policy"
	"countersign/services/verify/internal/core"
)

// corePolicy is what of a platform's policy the core decides under.
func corePolicy(p policy.Policy) core.Policy {
	return core.Policy{
		Factors: p.Factors, Required: p.Required,
		Enforcement: core.Enforcement(p.Enforcement), Grace: time.Duration(p.GraceDays) * 24 * time.Hour,
		Locale: p.Locale, CodeLife: p.Code.Life,
		Challenge: core.ChallengePolicy{
			Life: p.Challenge.Life, Attempts: p.Challenge.Attempts, Open: p.Challenge.Open, LoginsPer10: p.Challenge.LoginsPer10m,
		},
		Resend: core.ResendPolicy{After: p.Resend.After, PerChallenge: p.Resend.PerChallenge, PerHour: p.Resend.PerHour},
		Guess: core.GuessPolicy{
			Free: p.Guess.Free, Window: p.Guess.Window, FirstWait: p.Guess.FirstWait, MaxWait: p.Guess.MaxWait, SuspendAt: p.Guess.SuspendAt,
		},
	}
}
