package verify_test

import (
	"encoding/base64"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/seal"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
)

// sealed is an attempt whose code is hidden for a challenge.
func (f *fixture) sealed(user, challenge, code, sealedFor string) *guard.AttemptSubmitted {
	f.t.Helper()
	key := f.PublicKey()
	place := seal.Place{Platform: workertest.Acme, User: user, Type: guard.AttemptSubmittedType, ID: sealedFor, Field: "code"}
	text, err := seal.Seal(key.Key, place, events.NewSecret(code))
	if err != nil {
		f.t.Fatal(err)
	}
	return &guard.AttemptSubmitted{User: user, ChallengeID: challenge, SealedCode: text, SealedKeyID: key.KeyID}
}

func TestASealedCodeIsTakenAsAClearOne(t *testing.T) {
	f := start(t)
	app := f.User("ann-1").Enrolled(events.TOTP)
	c := f.challenge("ann-1", "l1")
	code := app.Code(workertest.Step())
	f.rejected(f.sealed("ann-1", c.ChallengeID, workertest.Wrong(code), c.ChallengeID), guard.WrongCode)
	f.accepted(f.sealed("ann-1", c.ChallengeID, code, c.ChallengeID))
	f.ReplayAll()
}

func TestACodeInClearIsRefusedWhereItMustBeSealed(t *testing.T) {
	f := start(t, with(func(p *policy.Policy) { p.RequireSealed = true }))
	app := f.User("ann-1").Enrolled(events.TOTP)
	c := f.challenge("ann-1", "l1")
	code := app.Code(workertest.Step())
	if r := f.refused(attempt("ann-1", c.ChallengeID, code), events.Invalid); r.Field != "code" {
		t.Errorf("refused for %s", r.Field)
	}
	f.accepted(f.sealed("ann-1", c.ChallengeID, code, c.ChallengeID)) // the refused one was not spent
}

func TestASealedCodeOpensWhereItWasSealedForOnly(t *testing.T) {
	f := start(t)
	app := f.User("ann-1").Enrolled(events.TOTP)
	bob := f.User("bob-1").Enrolled(events.TOTP)
	first, second := f.challenge("ann-1", "l1"), f.challenge("ann-1", "l2")
	code := app.Code(workertest.Step())
	for name, e := range map[string]*guard.AttemptSubmitted{
		"for another challenge": f.sealed("ann-1", first.ChallengeID, code, second.ChallengeID),
		"for another user":      f.stolen("ann-1", "bob-1", first.ChallengeID, bob.Code(workertest.Step())),
		"altered":               altered(f.sealed("ann-1", first.ChallengeID, code, first.ChallengeID)),
	} {
		if r := f.refused(e, events.Invalid); r.Field != "sealed_code" {
			t.Errorf("%s: refused for %s", name, r.Field)
		}
	}
	unknown := f.sealed("ann-1", first.ChallengeID, code, first.ChallengeID)
	unknown.SealedKeyID = "nokey"
	if r := f.refused(unknown, events.UnknownKey); r.Field != "sealed_key_id" {
		t.Errorf("an unknown key: refused for %s", r.Field)
	}
	f.nobodyPassed()
	if left := f.challenge("ann-1", "l1").AttemptsLeft; left != 5 {
		t.Errorf("%d attempts are left: what does not open costs none", left)
	}
	f.accepted(f.sealed("ann-1", first.ChallengeID, code, first.ChallengeID))
	f.ReplayAll()
}

// stolen is what was sealed for another user's attempt at the same challenge.
func (f *fixture) stolen(user, from, challenge, code string) *guard.AttemptSubmitted {
	e := f.sealed(from, challenge, code, challenge)
	e.User = user
	return e
}

func altered(e *guard.AttemptSubmitted) *guard.AttemptSubmitted {
	raw, _ := base64.StdEncoding.DecodeString(e.SealedCode)
	raw[len(raw)-1] ^= 1
	e.SealedCode = base64.StdEncoding.EncodeToString(raw)
	return e
}
