package e2e_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"countersign/e2e/stranger"
	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
)

// A platform tells that a user has passed the password and opens the session if it may. In production Connect has
// nats.UserCredentials and nats.RootCAs as options.
func Example_login() {
	conn, err := client.Connect(shared.Bus, "acme")
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	c, err := client.New(client.Config{Conn: conn, Platform: "acme"})
	if err != nil {
		log.Fatal(err)
	}

	login, err := c.Login(context.Background(), &guard.LoginStarted{User: "u-17", LoginID: "login-17-1"})
	if err != nil {
		log.Fatal(err) // no answer is no
	}
	fmt.Println(login.State, login.Passed(time.Now()))
	// Output: waived true
}

// A user sets up an authenticator app; from then on a login is challenged.
func Example_enrollment() {
	c, done := connected(client.Config{Seal: true})
	defer done()
	ctx, user := context.Background(), "u-18"

	created, err := c.Enroll(ctx, &enrollment.Requested{
		User: user, Factor: events.TOTP, ReauthenticatedAt: time.Now(), AccountLabel: events.NewSecret("jane"),
	})
	if err != nil {
		log.Fatal(err)
	}
	shown, err := c.Provisioning(ctx, enrollment.ProvisioningRequest{User: user, EnrollmentID: created.EnrollmentID})
	if err != nil {
		log.Fatal(err)
	}
	app := scan(shown) // the user does that with their phone, and types what it shows
	_, err = c.Confirm(ctx, &enrollment.CodeSubmitted{User: user, EnrollmentID: created.EnrollmentID, Code: app.now()})
	if err != nil {
		log.Fatal(err)
	}

	login, err := c.Login(ctx, &guard.LoginStarted{User: user, LoginID: "login-18-1"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(login.State, login.Factor, login.Passed(time.Now()))
	login, err = c.Attempt(ctx, &guard.AttemptSubmitted{User: user, ChallengeID: login.ChallengeID, Code: app.next()})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(login.State, login.Factor, login.Passed(time.Now()))
	// Output:
	// challenged totp false
	// accepted totp true
}

// A platform that was restarted does not know what became of a login. The primary record does; and what is asked once more under
// the same id has the same answer, and no second effect.
func Example_lostAnswer() {
	c, done := connected(client.Config{})
	defer done()
	ctx := context.Background()
	enrolled := enrolledUser(c, "u-19")

	first, err := c.Login(ctx, &guard.LoginStarted{User: enrolled, LoginID: "login-19-1"}, client.WithID("event-19-1"))
	if err != nil {
		log.Fatal(err)
	}
	status, err := c.LoginStatus(ctx, enrolled, "login-19-1")
	if err != nil {
		log.Fatal(err)
	}
	again, err := c.Login(ctx, &guard.LoginStarted{User: enrolled, LoginID: "login-19-1"}, client.WithID("event-19-1"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(status.State, status.ChallengeID == first.ChallengeID, again.ChallengeID == first.ChallengeID)
	// Output: challenged true true
}

// connected is a client as in the first example.
func connected(conf client.Config) (c *client.Client, done func()) {
	conn, err := client.Connect(shared.Bus, "acme")
	if err != nil {
		log.Fatal(err)
	}
	conf.Conn, conf.Platform = conn, "acme"
	if c, err = client.New(conf); err != nil {
		log.Fatal(err)
	}
	return c, conn.Close
}

// A phone shows the codes of one secret.
type phone struct {
	app  stranger.App
	step int64
}

func scan(p enrollment.Provisioning) phone {
	app := stranger.App{Secret: p.Secret.Reveal(), Algorithm: p.Algorithm, Digits: p.Digits, Period: p.Period}
	return phone{app, app.Step(time.Now())}
}

func (p phone) now() events.Secret  { return events.NewSecret(p.app.Code(p.step)) }
func (p phone) next() events.Secret { return events.NewSecret(p.app.Code(p.step + 1)) }

func enrolledUser(c *client.Client, user string) string {
	ctx := context.Background()
	created, err := c.Enroll(ctx, &enrollment.Requested{User: user, Factor: events.TOTP, ReauthenticatedAt: time.Now()})
	if err != nil {
		log.Fatal(err)
	}
	shown, err := c.Provisioning(ctx, enrollment.ProvisioningRequest{User: user, EnrollmentID: created.EnrollmentID})
	if err != nil {
		log.Fatal(err)
	}
	_, err = c.Confirm(ctx, &enrollment.CodeSubmitted{User: user, EnrollmentID: created.EnrollmentID, Code: scan(shown).now()})
	if err != nil {
		log.Fatal(err)
	}
	return user
}
