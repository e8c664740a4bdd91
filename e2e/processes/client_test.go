package processes_test

import (
	"context"
	"testing"
	"time"

	"countersign/e2e/stranger"
	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"github.com/nats-io/nats.go"
)

// newClient is the Go client under the name of a platform, with the credential that another, or it, has for a role.
func newClient(t *testing.T, name, credential, role string, seal bool) *client.Client {
	t.Helper()
	conn, err := client.Connect(shared.bus.url, name, who(t, credential, role), nats.RootCAs(shared.authority.file))
	must(t, err)
	t.Cleanup(conn.Close)
	c, err := client.New(client.Config{Conn: conn, Platform: name, Timeout: patient, Seal: seal})
	must(t, err)
	return c
}

func TestTheGoClientLogsInSealedAndUnsealed(t *testing.T) {
	for _, name := range []string{"acme", "beta"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, seal := within(t, patient), name == "beta"
			settings, login := newClient(t, name, name, "settings", seal), newClient(t, name, name, "login", seal)
			signsIn(ctx, t, settings, login)
		})
	}
}

// signsIn enrolls a user by email, who then logs in as l-1.
func signsIn(ctx context.Context, t *testing.T, settings, login *client.Client) (user string) {
	t.Helper()
	user = stranger.NewID("u-")
	address := stranger.NewID("jane.") + "@example.org"
	created, err := settings.Enroll(ctx, &enrollment.Requested{
		User: user, Factor: events.Email, Email: events.NewSecret(address), ReauthenticatedAt: time.Now(),
	})
	must(t, err)
	code := func() events.Secret { return events.NewSecret(shared.providers.code(ctx, t, address)) }
	_, err = settings.Confirm(ctx, &enrollment.CodeSubmitted{User: user, EnrollmentID: created.EnrollmentID, Code: code()})
	must(t, err)
	begun, err := login.Login(ctx, &guard.LoginStarted{User: user, LoginID: "l-1"})
	must(t, err)
	end, err := login.Attempt(ctx, &guard.AttemptSubmitted{User: user, ChallengeID: begun.ChallengeID, Code: code()})
	if err != nil || !end.Passed(time.Now()) {
		t.Errorf("got %+v, %v", end, err)
	}
	return user
}
