package processes_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/e2e/stranger"
	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/recovery"
	"github.com/nats-io/nats.go"
)

// What a credential may not do ends at once, with an error that says what it lacks; no worker hears of it.
func TestAPlatformIsToldWhatItsCredentialLacks(t *testing.T) {
	t.Parallel()
	user := stranger.NewID("u-")
	enroll := func(ctx context.Context, c *client.Client) error {
		_, err := c.Enroll(ctx, &enrollment.Requested{User: user, Factor: events.TOTP, ReauthenticatedAt: time.Now()})
		return err
	}
	login := func(ctx context.Context, c *client.Client) error {
		_, err := c.Login(ctx, &guard.LoginStarted{User: user, LoginID: "l-1"})
		return err
	}
	provisioning := func(ctx context.Context, c *client.Client) error {
		_, err := c.Provisioning(ctx, enrollment.ProvisioningRequest{User: user, EnrollmentID: "e-1"})
		return err
	}
	records := func(ctx context.Context, c *client.Client) error {
		return c.Listen(ctx, func(context.Context, client.Record) error { return nil })
	}
	approve := func(ctx context.Context, c *client.Client) error {
		_, err := c.Approve(ctx, &recovery.ApprovalGiven{User: user, RecoveryID: "r-1", By: "staff-8"})
		return err
	}
	for name, c := range map[string]struct {
		as, credential, role string
		do                   func(context.Context, *client.Client) error
		lacks                string
	}{
		"logins enroll nobody":              {"acme", "acme", "login", enroll, "the credential lacks the role settings of platform acme"},
		"settings begin no login":           {"acme", "acme", "settings", login, "the credential lacks the role login of platform acme"},
		"support begins no login":           {"acme", "acme", "support", login, "the credential lacks the role login of platform acme"},
		"support approves nothing":          {"acme", "acme", "support", approve, "the credential lacks the role approver of platform acme"},
		"logins see no secret":              {"acme", "acme", "login", provisioning, "the credential lacks the role settings of platform acme"},
		"nobody is another platform":        {"beta", "acme", "login", login, "of platform beta"},
		"nobody asks for another":           {"beta", "acme", "settings", provisioning, "of platform beta"},
		"nobody reads another's records":    {"beta", "acme", "login", records, "of platform beta"},
		"a worker's credential is no login": {"acme", "", "_verify", login, "of platform acme"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := within(t, patient)
			began := time.Now()
			err := c.do(ctx, clientOf(t, c.as, c.credential, c.role))
			if !errors.Is(err, client.ErrForbidden) || !strings.Contains(err.Error(), c.lacks) {
				t.Errorf("got %v, want %q", err, c.lacks)
			}
			if took := time.Since(began); took > patient/2 {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func clientOf(t *testing.T, name, credential, role string) *client.Client {
	t.Helper()
	if credential != "" {
		return newClient(t, name, credential, role, false)
	}
	conn, err := client.Connect(shared.bus.url, name, nats.UserInfo(role, password(t, role)), nats.RootCAs(shared.authority.file))
	must(t, err)
	t.Cleanup(conn.Close)
	c, err := client.New(client.Config{Conn: conn, Platform: name})
	must(t, err)
	return c
}

// The like without our client: what the bus itself says names the subject.
func TestTheBusNamesTheSubjectThatItRefuses(t *testing.T) {
	t.Parallel()
	ctx := within(t, patient)
	login := as(t, "acme", "acme", "login")
	m := login.Message("enrollment.requested", stranger.NewID(""), data{"user": "u-1", "factor": "totp"})
	if _, err := login.Publish(ctx, m); !errors.Is(err, stranger.ErrForbidden) || !strings.Contains(err.Error(), m.Subject) {
		t.Errorf("got %v", err)
	}
	for _, subject := range []string{
		"mfa.beta.out.>", "mfa.*.out.>", "mfa.acme.in.>", "_INBOX.>", "_INBOX.beta.>", "_INBOX._verify.>", "$JS.>", "$SYS.>", ">",
	} {
		if err := login.Subscribe(ctx, subject); !errors.Is(err, stranger.ErrForbidden) || !strings.Contains(err.Error(), `"`+subject+`"`) {
			t.Errorf("%s: got %v", subject, err)
		}
	}
}

func TestTheBusKnowsWhoItTalksTo(t *testing.T) {
	t.Parallel()
	roots := nats.RootCAs(shared.authority.file)
	for name, c := range map[string]struct {
		options []nats.Option
		want    string
	}{
		"no credential":          {[]nats.Option{roots}, "Authorization Violation"},
		"a wrong password":       {[]nats.Option{roots, nats.UserInfo("acme.login", "wrong")}, "Authorization Violation"},
		"a role that is not":     {[]nats.Option{roots, nats.UserInfo("acme.owner", "wrong")}, "Authorization Violation"},
		"a bus that is not ours": {[]nats.Option{nats.RootCAs(shared.other.file), who(t, "acme", "login")}, "certificate signed by unknown authority"},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := client.Connect(shared.bus.url, "acme", c.options...)
			if err == nil {
				conn.Close()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
