package processes_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"countersign/e2e/stranger"
)

// Three ways to prove it: what enrolls a member, and brings the next code.
var factors = map[string]func(context.Context, *testing.T, member) (next func() string){
	"totp": func(ctx context.Context, t *testing.T, m member) func() string {
		return m.enrollsApp(ctx, t).next
	},
	"email": func(ctx context.Context, t *testing.T, m member) func() string {
		address := stranger.NewID("jane.") + "@example.org"
		m.enrollsAddress(ctx, t, "email", "email", address)
		return func() string { return shared.providers.code(ctx, t, address) }
	},
	"sms": func(ctx context.Context, t *testing.T, m member) func() string {
		number := fmt.Sprintf("+49151%08d", rand.IntN(100_000_000))
		m.enrollsAddress(ctx, t, "sms", "phone", number)
		return func() string { return shared.providers.code(ctx, t, number) }
	},
}

func TestEveryFactorOpensALoginOfAPlatformThatSealsAndOfOneThatDoesNot(t *testing.T) {
	for _, name := range []string{"acme", "beta"} {
		for factor, enroll := range factors {
			t.Run(name+" by "+factor, func(t *testing.T) {
				t.Parallel()
				ctx, m := within(t, patient), openPlatform(t, name).newMember()
				next := enroll(ctx, t, m)
				challenge := m.logsIn(ctx, t)
				if challenge.Text("factor") != factor {
					t.Errorf("got %s", challenge)
				}
				code := next()
				rejected := got(t, "attempt.rejected")(m.tries(ctx, t, challenge, other(code)))
				if rejected.Text("reason") != "wrong_code" {
					t.Errorf("a wrong code: %s", rejected)
				}
				accepted := got(t, "attempt.accepted")(m.tries(ctx, t, challenge, code))
				if accepted.Text("login_id") != challenge.Text("login_id") || accepted.Source != "/countersign/verify" {
					t.Errorf("the right code: %s", accepted)
				}
				status := answered(t)(m.login.Call(ctx, "login.status", data{"user": m.user, "login_id": challenge.Text("login_id")}))
				if status.Text("state") != "accepted" {
					t.Errorf("login.status: %s", status.Body)
				}
			})
		}
	}
}

func TestAPlatformThatMustSealIsTakenNoCodeInClear(t *testing.T) {
	t.Parallel()
	ctx, m := within(t, patient), openPlatform(t, "beta").newMember()
	rejected := got(t, "request.rejected")(m.settings.Ask(ctx, "enrollment.requested", data{
		"user": m.user, "factor": "email", "email": "jane@example.org", "reauthenticated_at": now(),
	}))
	if rejected.Text("code") != "invalid" || rejected.Text("field") != "email" {
		t.Errorf("got %s", rejected)
	}
}

// Every worker answers what is its own.
func TestWhatRecoveryIsAskedIsAnswered(t *testing.T) {
	t.Parallel()
	ctx, m := within(t, patient), openPlatform(t, "acme").newMember()
	rejected := got(t, "request.rejected")(m.settings.Ask(ctx, "recovery.requested", data{"user": m.user, "login_id": "l-1", "reauthenticated_at": now()}))
	if rejected.Source != "/countersign/recovery" || rejected.Text("code") != "not_allowed" {
		t.Errorf("got %s", rejected)
	}
}
