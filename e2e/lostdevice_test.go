package e2e_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/e2e/stranger"
	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
	"countersign/services/enroll"
	"countersign/services/notifier"
	"countersign/services/notifier/sink"
	lost "countersign/services/recovery"
	"countersign/services/verify"
	"github.com/nats-io/nats.go/jetstream"
)

// A building is all four workers in the test itself, with the far ends of mails and texts: no policy of a real platform lets a waiting
// period end while a test waits.
type building struct {
	*workertest.House
	*workertest.Platform
	t     *testing.T
	inbox *sink.Inbox
	pages atomic.Pointer[http.Handler] // of the replica of recovery that was started last
}

// build has acme demand a factor of everybody, and of who recovers by themselves every step that a person can pass without a script.
func build(t *testing.T) *building {
	t.Helper()
	b := &building{t: t, inbox: sink.NewInbox(sink.InboxOptions{})}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*b.pages.Load()).ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	p := workertest.Lenient(workertest.Acme)
	p.Required, p.ReturnURL = true, "https://acme.example/account"
	p.Recovery.URL, p.Recovery.SupportWait = server.URL+lost.Base, time.Second
	p.Recovery.Steps = []recovery.Step{recovery.Link, recovery.Text, recovery.RecoveryCode, recovery.Approval, recovery.WaitingPeriod}
	b.House = workertest.Start(t, workertest.Config{Workers: b.workers(), Policies: []policy.Policy{p}, Asleep: true})
	b.Platform = b.House.Platform(workertest.Acme)
	b.open()
	return b
}

func (b *building) workers() []worker.Worker {
	b.t.Helper()
	sender, err := notifier.Worker(notifier.Config{SMTP: b.mails(), Twilio: b.texts()})
	if err != nil {
		b.t.Fatal(err)
	}
	recoverer, err := lost.Worker(lost.Config{Insecure: true})
	if err != nil {
		b.t.Fatal(err)
	}
	return []worker.Worker{enroll.Worker(), verify.Worker(), sender, recoverer}
}

func (b *building) mails() notifier.SMTP {
	b.t.Helper()
	server, err := sink.NewSMTP(sink.SMTPOptions{Inbox: b.inbox, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.t.Fatal(err)
	}
	go func() { _ = server.Serve(l) }()
	b.t.Cleanup(func() { _ = server.Close() })
	return notifier.SMTP{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: notifier.None, From: "Acme <no-reply@acme.example>"}
}

func (b *building) texts() notifier.Twilio {
	b.t.Helper()
	const account, token = "AC00000000000000000000000000000001", "00000000000000000000000000000002"
	api, err := sink.NewTwilio(sink.TwilioOptions{Inbox: b.inbox, AccountSID: account, AuthToken: token})
	if err != nil {
		b.t.Fatal(err)
	}
	server := httptest.NewServer(api)
	b.t.Cleanup(func() { api.Close(); server.Close() })
	return notifier.Twilio{BaseURL: server.URL, AccountSID: account, AuthToken: events.NewSecret(token), From: sink.ValidFrom}
}

// open starts all workers; again, in place of those that run.
func (b *building) open() {
	b.t.Helper()
	b.Drain()
	for _, r := range b.Wake() {
		if pages := r.Pages(); pages != nil {
			b.pages.Store(&pages)
		}
	}
}

// forget takes every timer from the bus. What is due then is known to the store alone, and found by a sweeper.
func (b *building) forget(ctx context.Context) {
	b.t.Helper()
	js, err := jetstream.New(b.Bus.Connect(b.t, "operator").Conn)
	if err != nil {
		b.t.Fatal(err)
	}
	timers, err := js.Stream(ctx, bus.StreamTimer)
	if err == nil {
		err = timers.Purge(ctx)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	b.Clock.Ahead(10 * time.Second) // for sweepers, who leave a timer to the bus for a while
	b.open()
}

// An owner has an app, an address, a number, a set of recovery codes, and two logins that wait for the app's code.
type owner struct {
	user, email, phone string
	codes              []events.Secret
	challenges         []string
}

func (b *building) owner() owner {
	b.t.Helper()
	o := owner{user: newUser(), email: stranger.NewID("lea-") + "@example.org", phone: "+49151" + digits(8)}
	created := workertest.As[*enrollment.SecretCreated](b.House, b.Ask(&enrollment.Requested{
		User: o.user, Factor: events.TOTP, ReauthenticatedAt: time.Now(), Email: events.NewSecret(o.email), Phone: events.NewSecret(o.phone),
	}))
	var shown enrollment.Provisioning
	b.told("enrollment", "provisioning", enrollment.ProvisioningRequest{User: o.user, EnrollmentID: created.EnrollmentID}, &shown)
	app := stranger.App{Secret: shown.Secret.Reveal(), Algorithm: shown.Algorithm, Digits: shown.Digits, Period: shown.Period}
	activated := workertest.As[*enrollment.Activated](b.House, b.Ask(&enrollment.CodeSubmitted{
		User: o.user, EnrollmentID: created.EnrollmentID, Code: events.NewSecret(app.Code(app.Step(time.Now()))),
	}))
	var set enrollment.Revealed
	b.told("recovery_codes", "reveal", enrollment.RevealRequest{User: o.user, SetID: activated.RecoveryCodesSetID}, &set)
	o.codes = set.Codes
	for _, login := range []string{"l-1", "l-2"} {
		e := workertest.As[*guard.ChallengeIssued](b.House, b.Ask(&guard.LoginStarted{User: o.user, LoginID: login}))
		o.challenges = append(o.challenges, e.ChallengeID)
	}
	return o
}

func (b *building) told(entity, verb string, asked, answer any) {
	b.t.Helper()
	if err := b.RPC(entity, verb, asked, answer); err != nil {
		b.t.Fatal(err)
	}
}

// letter waits for the first text of a kind in what is sent to an address.
func (b *building) letter(ctx context.Context, to string, kind *regexp.Regexp) string {
	b.t.Helper()
	m, err := b.inbox.Wait(ctx, func(m sink.Message) bool { return m.To == to && kind.MatchString(m.Text) })
	if err != nil {
		b.t.Fatalf("waiting for %s to %s: %v", kind, to, err)
	}
	return kind.FindString(m.Text)
}

// cleared waits until o has no factor any more and holds what follows to the contract: every challenge is closed, every contact is told,
// and the next login demands another factor.
func (b *building) cleared(ctx context.Context, o owner, id string) {
	b.t.Helper()
	removed := workertest.As[*enrollment.FactorRemoved](b.House, b.Await("the factors are gone", 1, workertest.Of(enrollment.FactorRemovedType))[0])
	if removed.Reason != enrollment.RemovedByRecovery || removed.RecoveryID != id {
		b.t.Errorf("removed %+v", removed)
	}
	b.Quiet()
	closed := map[string]guard.CloseReason{}
	for _, e := range b.Heard(workertest.Of(guard.ChallengeClosedType)) {
		c := e.Event.(*guard.ChallengeClosed)
		closed[c.ChallengeID] = c.Reason
	}
	for _, c := range o.challenges {
		if closed[c] != guard.Recovered {
			b.t.Errorf("a challenge was closed as %q", closed[c])
		}
	}
	b.letter(ctx, o.email, regexp.MustCompile("Your recovery is complete"))
	b.letter(ctx, o.phone, regexp.MustCompile("every second step was removed"))
	next := workertest.As[*guard.EnrollmentRequired](b.House, b.Ask(&guard.LoginStarted{User: o.user, LoginID: "l-next"}))
	if next.MayContinue {
		b.t.Error("the next login goes on without a factor")
	}
	if n := len(workertest.Once(b.Heard(workertest.Of(recovery.CompletedType)))); n != 1 {
		b.t.Errorf("%d recoveries are through", n)
	}
}

func (b *building) status(id string) recovery.Case {
	b.t.Helper()
	var c recovery.Case
	b.told("recovery", "status", recovery.StatusRequest{RecoveryID: id}, &c)
	return c
}

// kept says that nothing is removed yet: a login is still challenged.
func (b *building) kept(o *owner, login string) {
	b.t.Helper()
	e := workertest.As[*guard.ChallengeIssued](b.House, b.Ask(&guard.LoginStarted{User: o.user, LoginID: login}))
	o.challenges = append(o.challenges, e.ChallengeID)
}

// Every step that a policy can demand, through all workers, each of them started anew between any two.
func TestEveryStepOfADemandingPolicyLeadsBack(t *testing.T) {
	t.Parallel()
	ctx, b := within(t, 3*patient), build(t)
	o := b.owner()
	opened := workertest.As[*recovery.Opened](b.House, b.Ask(&recovery.Requested{User: o.user, LoginID: "l-1", ReauthenticatedAt: time.Now().Add(-time.Hour)}))
	g := newGuest(t)
	link := b.letter(ctx, o.email, recoveryLink)
	g.open(ctx, link)
	steps := []struct {
		sees, form string
		fields     func() url.Values
	}{
		{sees: "Get back into your account"},
		{sees: "Get a code by text message", form: "/case/text"},
		{"Enter the code from the text message", "/case/code", func() url.Values { return url.Values{"code": {b.texted(ctx, o)}} }},
		{"Enter a recovery code", "/case/recovery-code", func() url.Values { return url.Values{"code": {"aaaa-bbbb-cccc-dddd"}} }},
		{"4 attempts left", "/case/recovery-code", func() url.Values { return url.Values{"code": {o.codes[2].Reveal()}} }},
	}
	for _, s := range steps {
		b.open()
		g.open(ctx, g.at.String())
		g.sees(s.sees)
		var fields url.Values
		if s.fields != nil {
			fields = s.fields()
		}
		g.send(ctx, s.form, fields)
	}
	b.open()
	g.open(ctx, g.at.String())
	g.sees("Waiting for an approval")
	b.spent(o)
	b.kept(&o, "l-3")
	if c := b.status(opened.RecoveryID); c.State != recovery.CaseApproval || c.NextStep != recovery.Approval {
		t.Errorf("the status is %+v", c)
	}
	workertest.As[*recovery.Approved](b.House, b.Ask(&recovery.ApprovalGiven{User: o.user, RecoveryID: opened.RecoveryID, By: "staff-8"}))
	b.forget(ctx)
	b.cleared(ctx, o, opened.RecoveryID)
	g.open(ctx, g.at.String())
	g.sees("Two-step sign-in is turned off", `href="https://acme.example/account"`)
	b.letter(ctx, o.email, cancelLink)
	b.letter(ctx, o.phone, cancelLink)
	b.SearchFor(link[strings.LastIndexByte(link, '/')+1:], o.email, o.phone, o.codes[2].Reveal())
	b.ReplayAll()
}

// texted is the code of the text that was just asked for.
func (b *building) texted(ctx context.Context, o owner) string {
	b.t.Helper()
	return strings.TrimPrefix(b.letter(ctx, o.phone, regexp.MustCompile(`#\d{6}$`)), "#")
}

// spent says that the recovery code of the case opens no login: it is the same verify that has judged it.
func (b *building) spent(o owner) {
	b.t.Helper()
	r := workertest.As[*guard.AttemptRejected](b.House, b.Ask(&guard.AttemptSubmitted{
		User: o.user, ChallengeID: o.challenges[1], Factor: events.RecoveryCode, Code: o.codes[2],
	}))
	if r.Reason != guard.Replayed {
		b.t.Errorf("the recovery code is refused as %s", r.Reason)
	}
}

func TestARecoveryBySupportLeadsBack(t *testing.T) {
	t.Parallel()
	ctx, b := within(t, 3*patient), build(t)
	o := b.owner()
	asked := workertest.As[*recovery.ApprovalRequired](b.House, b.Ask(&recovery.SupportRequested{
		User: o.user, By: "staff-7", Reason: events.NewSecret("passport shown"), CaseRef: "T-1",
	}))
	b.open()
	b.kept(&o, "l-3")
	b.Ask(&recovery.ApprovalGiven{User: o.user, RecoveryID: asked.RecoveryID, By: "staff-8"})
	b.cleared(ctx, o, asked.RecoveryID)
	for _, to := range []string{o.email, o.phone} {
		b.letter(ctx, to, cancelLink)
	}
	if c := b.status(asked.RecoveryID); c.State != recovery.CaseCompleted || c.Reason != "passport shown" {
		t.Errorf("the status is %+v", c)
	}
}
