package e2e_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/e2e/process"
	"countersign/e2e/stranger"
	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/recovery"
)

// A reachable is a user with an app, a mail address and a phone number.
type reachable struct {
	holder
	email, phone string
	codes        string // the set that came with the app
}

func reach(ctx context.Context, t *testing.T, c *client.Client) reachable {
	t.Helper()
	r := reachable{holder: holder{user: newUser()}, email: stranger.NewID("kim-") + "@example.org", phone: "+49151" + digits(8)}
	created, err := c.Enroll(ctx, &enrollment.Requested{
		User: r.user, Factor: events.TOTP, ReauthenticatedAt: time.Now(), Email: events.NewSecret(r.email), Phone: events.NewSecret(r.phone),
	})
	if err != nil {
		t.Fatal(err)
	}
	shown, err := c.Provisioning(ctx, enrollment.ProvisioningRequest{User: r.user, EnrollmentID: created.EnrollmentID})
	if err != nil {
		t.Fatal(err)
	}
	r.app = stranger.App{Secret: shown.Secret.Reveal(), Algorithm: shown.Algorithm, Digits: shown.Digits, Period: shown.Period}
	r.step = r.app.Step(time.Now())
	activated, err := c.Confirm(ctx, &enrollment.CodeSubmitted{User: r.user, EnrollmentID: created.EnrollmentID, Code: events.NewSecret(r.app.Code(r.step))})
	if err != nil {
		t.Fatal(err)
	}
	r.codes = activated.RecoveryCodesSetID
	return r
}

// challengedAs begins a login that the user cannot finish.
func (r reachable) challengedAs(ctx context.Context, t *testing.T, c *client.Client, loginID string) client.Login {
	t.Helper()
	l, err := c.Login(ctx, &guard.LoginStarted{User: r.user, LoginID: loginID})
	if err != nil || l.State != guard.Challenged {
		t.Fatalf("got %+v, %v", l, err)
	}
	return l
}

// refused ends the test unless err is a refusal with the code.
func refused(t *testing.T, code events.Code, err error) {
	t.Helper()
	if r, ok := errors.AsType[*events.Rejection](err); !ok || r.Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}

func TestTheGoClientFollowsARecoveryByTheUser(t *testing.T) {
	t.Parallel()
	ctx, c := within(t, patient), newClient(t, shared, client.Config{Seal: true})
	r := reach(ctx, t, c)
	asked := &recovery.Requested{User: r.user, LoginID: "l-1", ReauthenticatedAt: time.Now()}
	_, err := c.Recover(ctx, asked)
	refused(t, events.NotFound, err) // there is no such login
	r.challengedAs(ctx, t, c, "l-1")
	opened, err := c.Recover(ctx, asked)
	if err != nil || len(opened.Steps) != 3 || opened.DestinationHint == "" {
		t.Fatalf("got %+v, %v", opened, err)
	}
	again, err := c.Recover(ctx, asked)
	if err != nil || again.RecoveryID != opened.RecoveryID || !again.LinkExpiresAt.Equal(opened.LinkExpiresAt) {
		t.Errorf("at once again: %+v, %v", again, err)
	}
	found, err := c.RecoveryStatus(ctx, opened.RecoveryID)
	if err != nil || found.State != recovery.CaseOpen || found.User != r.user || found.NextStep != recovery.Link {
		t.Errorf("its status: %+v, %v", found, err)
	}
	if status, err := c.UserStatus(ctx, r.user); err != nil || status.Recovery == nil || status.Recovery.RecoveryID != opened.RecoveryID {
		t.Errorf("the user's status: %+v, %v", status, err)
	}
	if _, err := c.Cancel(ctx, &recovery.CancellationRequested{User: r.user, RecoveryID: opened.RecoveryID, By: "staff-7"}); err != nil {
		t.Fatal(err)
	}
	if found, err := c.RecoveryStatus(ctx, opened.RecoveryID); err != nil || found.State != recovery.CaseCancelled {
		t.Errorf("once it is cancelled: %+v, %v", found, err)
	}
	_, err = c.RecoveryStatus(ctx, opened.RecoveryID+"x")
	refused(t, events.NotFound, err)
}

func TestARecoveryOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	ctx, own := within(t, 2*patient), start(t, longCodes)
	c := newClient(t, own, client.Config{})
	r := reach(ctx, t, c)
	r.challengedAs(ctx, t, c, "l-1")
	opened, err := c.Recover(ctx, &recovery.Requested{User: r.user, LoginID: "l-1", ReauthenticatedAt: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	g := newGuest(t)
	g.open(ctx, letterFor(ctx, t, own, r.email, 0, recoveryLink))
	own = killed(ctx, t, own)
	g.open(ctx, g.at.String())
	g.send(ctx, "", nil)
	g.sees("Get a code by text message")
	own = killed(ctx, t, own)
	g.open(ctx, g.at.String())
	g.send(ctx, "/case/text", nil)
	code := codeFor(ctx, t, own, r.phone, 0)
	own = killed(ctx, t, own)
	g.open(ctx, g.at.String())
	g.send(ctx, "/case/code", url.Values{"code": {code}})
	g.sees("A check against robots")
	c = newClient(t, own, client.Config{})
	found, err := c.RecoveryStatus(ctx, opened.RecoveryID)
	if err != nil || found.State != recovery.CaseOpen || found.NextStep != recovery.Captcha {
		t.Errorf("got %+v, %v", found, err)
	}
	r.challengedAs(ctx, t, c, "l-2") // nothing is removed before the last step
}

// killed kills a process and starts it again where it was.
func killed(ctx context.Context, t *testing.T, p *process.Process) *process.Process {
	t.Helper()
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	return started(t)(p.Again(ctx))
}

func TestNothingOnAPublicPageTellsWhoIsAUser(t *testing.T) {
	t.Parallel()
	ctx, p := within(t, patient), acme(t, shared)
	h, bare := enrolled(ctx, t, p), newUser()
	pending(ctx, t, p, bare)
	pages := map[string]string{}
	for name, user := range map[string]string{"a user with an app": h.user, "a user without a factor": bare, "nobody": newUser()} {
		for _, kind := range []string{"", "cancel/"} {
			g := newGuest(t)
			g.open(ctx, shared.Page+"/recovery/acme/"+stranger.UserKey("acme", user)+"/"+kind+strings.Repeat("a", 43))
			pages[kind+name] = strings.ReplaceAll(g.page, stranger.UserKey("acme", user), "")
		}
	}
	for name, page := range pages {
		if page != pages["nobody"] || !strings.Contains(page, "This leads nowhere any more") {
			t.Errorf("%s is shown\n%s\nand nobody\n%s", name, page, pages["nobody"])
		}
	}
}
