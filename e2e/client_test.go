package e2e_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"countersign/e2e/process"
	"countersign/e2e/stranger"
	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
)

// newClient is a replica of acme that is written in Go.
func newClient(t *testing.T, on *process.Process, c client.Config) *client.Client {
	t.Helper()
	conn, err := client.Connect(on.Bus, "acme")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	c.Conn, c.Platform = conn, "acme"
	made, err := client.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func inTheOpenAndSealed(t *testing.T, run func(t *testing.T, c client.Config)) {
	t.Run("in the open", func(t *testing.T) { run(t, client.Config{}) })
	t.Run("sealed", func(t *testing.T) { run(t, client.Config{Seal: true}) })
}

// clientHolder enrolls an app by the Go client.
func clientHolder(ctx context.Context, t *testing.T, c *client.Client) holder {
	t.Helper()
	user := newUser()
	created, err := c.Enroll(ctx, &enrollment.Requested{User: user, Factor: events.TOTP, ReauthenticatedAt: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	shown, err := c.Provisioning(ctx, enrollment.ProvisioningRequest{User: user, EnrollmentID: created.EnrollmentID})
	if err != nil {
		t.Fatal(err)
	}
	app := stranger.App{Secret: shown.Secret.Reveal(), Algorithm: shown.Algorithm, Digits: shown.Digits, Period: shown.Period}
	h := holder{user, app, app.Step(time.Now())}
	_, err = c.Confirm(ctx, &enrollment.CodeSubmitted{User: user, EnrollmentID: created.EnrollmentID, Code: events.NewSecret(h.wrong())})
	unexpected, ok := errors.AsType[*client.UnexpectedError](err)
	if rejected, is := unexpected.Event.(*enrollment.CodeRejected); !ok || !is || rejected.Reason != enrollment.CodeWrong {
		t.Fatalf("a wrong code: %v", err)
	}
	activated, err := c.Confirm(ctx, &enrollment.CodeSubmitted{
		User: user, EnrollmentID: created.EnrollmentID, Code: events.NewSecret(app.Code(h.step)),
	})
	if err != nil || activated.Factor != events.TOTP {
		t.Fatalf("got %+v, %v", activated, err)
	}
	return h
}

func TestTheGoClientGoesTheWholeWayWithAnApp(t *testing.T) {
	inTheOpenAndSealed(t, func(t *testing.T, conf client.Config) {
		ctx, c := within(t, patient), newClient(t, shared, conf)
		h := clientHolder(ctx, t, c)
		begun, err := c.Login(ctx, &guard.LoginStarted{User: h.user, LoginID: "l-1"})
		if err != nil || begun.State != guard.Challenged || begun.Passed(time.Now()) {
			t.Fatalf("got %+v, %v", begun, err)
		}
		try := func(code string) client.Login {
			t.Helper()
			l, err := c.Attempt(ctx, &guard.AttemptSubmitted{User: h.user, ChallengeID: begun.ChallengeID, Code: events.NewSecret(code)})
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		if l := try(h.wrong()); l.Rejected != guard.WrongCode || l.State != guard.Challenged || l.Passed(time.Now()) {
			t.Errorf("a wrong code: %+v", l)
		}
		if l := try(h.next()); l.Rejected != "" || !l.Passed(time.Now()) || l.Passed(time.Now().Add(2*time.Minute)) {
			t.Errorf("the right code: %+v", l)
		}
		if l := try(h.next()); l.Rejected != guard.Closed || l.Passed(time.Now()) {
			t.Errorf("the same code again: %+v", l)
		}
		if l, err := c.LoginStatus(ctx, h.user, "l-1"); err != nil || l.State != guard.Accepted || !l.Passed(time.Now()) {
			t.Errorf("login.status: %+v, %v", l, err)
		}
	})
}

func TestTheGoClientGoesTheWholeWayWithASentCode(t *testing.T) {
	inTheOpenAndSealed(t, func(t *testing.T, conf client.Config) {
		ctx, c := within(t, patient), newClient(t, shared, conf)
		user, phone := newUser(), "+49151"+digits(8)
		created, err := c.Enroll(ctx, &enrollment.Requested{
			User: user, Factor: events.SMS, Phone: events.NewSecret(phone), ReauthenticatedAt: time.Now(),
		})
		if err != nil {
			t.Fatal(err)
		}
		code := codeFor(ctx, t, shared, phone, 0)
		if _, err := c.Confirm(ctx, &enrollment.CodeSubmitted{User: user, EnrollmentID: created.EnrollmentID, Code: events.NewSecret(code)}); err != nil {
			t.Fatal(err)
		}
		former := len(inbox(ctx, t, shared, phone))
		begun, err := c.Login(ctx, &guard.LoginStarted{User: user, LoginID: "l-1"})
		if err != nil {
			t.Fatal(err)
		}
		code = codeFor(ctx, t, shared, phone, former)
		l, err := c.Attempt(ctx, &guard.AttemptSubmitted{User: user, ChallengeID: begun.ChallengeID, Code: events.NewSecret(code)})
		if err != nil || !l.Passed(time.Now()) {
			t.Errorf("got %+v, %v", l, err)
		}
	})
}
