package guard_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
)

var noon = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)

// The field at fault is named, and no error holds the value.
func TestValidateNamesTheFieldAtFault(t *testing.T) {
	long := strings.Repeat("x", 2000)
	sealed := base64.StdEncoding.EncodeToString(make([]byte, 60))
	for _, c := range []struct {
		name  string
		event events.Event
		field string // empty: valid
	}{
		{"a login needs no more than user and login_id", &guard.LoginStarted{User: "u", LoginID: "l"}, ""},
		{"a login without user", &guard.LoginStarted{LoginID: "l"}, "user"},
		{"a login without login_id", &guard.LoginStarted{User: "u"}, "login_id"},
		{"a login_id of 129 bytes", &guard.LoginStarted{User: "u", LoginID: long[:129]}, "login_id"},
		{"a purpose that is none", &guard.LoginStarted{User: "u", LoginID: "l", Purpose: "fun"}, "purpose"},
		{"a recovery code cannot be wished for", &guard.LoginStarted{User: "u", LoginID: "l", Factor: events.RecoveryCode}, "factor"},
		{"a locale that is too long", &guard.LoginStarted{User: "u", LoginID: "l", Locale: long}, "locale"},
		{"an ip that is too long", &guard.LoginStarted{User: "u", LoginID: "l", IP: long}, "ip"},
		{"a user_agent that is too long", &guard.LoginStarted{User: "u", LoginID: "l", UserAgent: long}, "user_agent"},

		{"an attempt in clear", &guard.AttemptSubmitted{User: "u", ChallengeID: "c", Code: events.NewSecret("123456")}, ""},
		{"an attempt with a recovery code",
			&guard.AttemptSubmitted{User: "u", ChallengeID: "c", Code: events.NewSecret("123456"), Factor: events.RecoveryCode}, ""},
		{"an attempt without code", &guard.AttemptSubmitted{User: "u", ChallengeID: "c"}, "code"},
		{"an attempt with a code of 65 bytes", &guard.AttemptSubmitted{User: "u", ChallengeID: "c", Code: events.NewSecret(long[:65])}, "code"},
		{"an attempt without challenge_id", &guard.AttemptSubmitted{User: "u", Code: events.NewSecret("1")}, "challenge_id"},
		{"an attempt with an unknown factor",
			&guard.AttemptSubmitted{User: "u", ChallengeID: "c", Code: events.NewSecret("1"), Factor: "face"}, "factor"},
		{"a sealed attempt", &guard.AttemptSubmitted{User: "u", ChallengeID: "c", SealedCode: sealed, SealedKeyID: "k"}, ""},
		{"a sealed attempt without key id", &guard.AttemptSubmitted{User: "u", ChallengeID: "c", SealedCode: sealed}, "sealed_key_id"},
		{"a key id without sealed code", &guard.AttemptSubmitted{User: "u", ChallengeID: "c", SealedKeyID: "k"}, "sealed_code"},
		{"a sealed code that is not base64",
			&guard.AttemptSubmitted{User: "u", ChallengeID: "c", SealedCode: "%", SealedKeyID: "k"}, "sealed_code"},
		{"a sealed code that holds nothing",
			&guard.AttemptSubmitted{User: "u", ChallengeID: "c", SealedCode: sealed[:64], SealedKeyID: "k"}, "sealed_code"},
		{"a code both clear and sealed",
			&guard.AttemptSubmitted{User: "u", ChallengeID: "c", Code: events.NewSecret("1"), SealedCode: sealed, SealedKeyID: "k"}, "code"},

		{"a resend", &guard.ResendRequested{User: "u", ChallengeID: "c", Factor: events.SMS}, ""},
		{"a resend without challenge_id", &guard.ResendRequested{User: "u"}, "challenge_id"},
		{"a resend of a recovery code", &guard.ResendRequested{User: "u", ChallengeID: "c", Factor: events.RecoveryCode}, "factor"},
		{"an unlock of all", &guard.UnlockRequested{User: "u", By: "s"}, ""},
		{"an unlock by nobody", &guard.UnlockRequested{User: "u"}, "by"},
		{"an expiry of nothing", &guard.ChallengeExpiryDue{User: "u"}, "challenge_id"},

		{"a challenge without end",
			&guard.ChallengeIssued{User: "u", ChallengeID: "c", LoginID: "l", Factor: events.TOTP}, "expires_at"},
		{"a challenge with fewer than no attempts",
			&guard.ChallengeIssued{User: "u", ChallengeID: "c", LoginID: "l", Factor: events.TOTP, ExpiresAt: noon, AttemptsLeft: -1}, "attempts_left"},
		{"a waiver for no reason", &guard.ChallengeWaived{User: "u", LoginID: "l", ExpiresAt: noon}, "reason"},
		{"a waiver without end", &guard.ChallengeWaived{User: "u", LoginID: "l", Reason: guard.NotEnrolled}, "expires_at"},
		{"a close for no reason", &guard.ChallengeClosed{User: "u", ChallengeID: "c", LoginID: "l"}, "reason"},
		{"an enrollment by unknown means",
			&guard.EnrollmentRequired{User: "u", LoginID: "l", AllowedFactors: []events.Factor{"face"}}, "allowed_factors"},
		{"an acceptance without purpose",
			&guard.AttemptAccepted{User: "u", ChallengeID: "c", LoginID: "l", Factor: events.TOTP, ExpiresAt: noon}, "purpose"},
		{"a refusal for no reason", &guard.AttemptRejected{User: "u", ChallengeID: "c"}, "reason"},
		{"a wait without end", &guard.FactorLocked{User: "u", Factor: events.TOTP, Reason: guard.WrongCodes}, "until"},
		{"a suspension has none", &guard.FactorLocked{User: "u", Factor: events.TOTP, Reason: guard.WrongCodes, Suspended: true}, ""},
		{"an unlocking by nobody", &guard.FactorUnlocked{User: "u"}, "by"},
		{"an unlocking by a recovery is by nobody", &guard.FactorUnlocked{User: "u", Reason: guard.UnlockedByRecovery}, ""},
		{"an unlocking for no known reason", &guard.FactorUnlocked{User: "u", Reason: "mercy"}, "reason"},
		{"a judgement that is none", &guard.RecoveryCodeJudged{User: "u"}, "verdict"},
		{"a reuse of nothing", &guard.CodeReuseDetected{User: "u", Factor: events.TOTP, LoginID: "l"}, "first_login_id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.event.Validate()
			var fault *events.FieldError
			switch {
			case c.field == "" && err != nil:
				t.Errorf("got %v, want none", err)
			case c.field != "" && (!errors.As(err, &fault) || fault.Field != c.field):
				t.Errorf("got %v, want a fault in %s", err, c.field)
			}
		})
	}
}

func TestEveryEventNeedsItsUser(t *testing.T) {
	for _, row := range guard.Types() {
		var fault *events.FieldError
		if err := row.New().Validate(); !errors.As(err, &fault) || fault.Field != "user" {
			t.Errorf("%s: got %v, want a fault in user", row.Name(), err)
		}
	}
}

func TestQuestionsNameTheFieldAtFault(t *testing.T) {
	for field, err := range map[string]error{
		"user":     guard.UserStatusRequest{}.Validate(),
		"login_id": guard.LoginStatusRequest{User: "u"}.Validate(),
		"id":       guard.JudgeRequest{User: "u"}.Validate(),
		"code":     guard.JudgeRequest{User: "u", ID: "q"}.Validate(),
		"limit":    guard.UserTimelineRequest{User: "u", Limit: 501}.Validate(),
	} {
		var fault *events.FieldError
		if !errors.As(err, &fault) || fault.Field != field {
			t.Errorf("got %v, want a fault in %s", err, field)
		}
	}
}
