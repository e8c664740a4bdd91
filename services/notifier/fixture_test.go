package notifier_test

import (
	"context"
	"log/slog"
	"net"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
	"countersign/services/enroll"
	"countersign/services/notifier"
	"countersign/services/notifier/sink"
	"countersign/services/verify"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A fixture is enroll, verify and notifier, a platform that talks to them, and the far end of both providers.
type fixture struct {
	*workertest.House
	*workertest.Platform
	t     *testing.T
	inbox *sink.Inbox
	mails *sink.SMTP
	texts *sink.Twilio
}

type options struct {
	workertest.Config
	tries notifier.Tries
	table func(worker.Kit) // sees what the notifier stands on
}

// quick tries again as soon as the bus lets it, and does not wait long for who is gone.
var quick = notifier.Tries{Tries: 3, Backoff: time.Millisecond, Call: 30 * time.Second}

func start(t *testing.T, change ...func(*options)) *fixture {
	t.Helper()
	t.Parallel()
	f := &fixture{t: t, inbox: sink.NewInbox(sink.InboxOptions{})}
	o := options{tries: quick}
	p := workertest.Lenient(workertest.Acme)
	p.Resend.After = time.Nanosecond
	o.Policies = []policy.Policy{p}
	for _, c := range change {
		c(&o)
	}
	w, err := notifier.Worker(notifier.Config{SMTP: f.serveMail(), Twilio: f.serveTexts(), Tries: o.tries})
	if err != nil {
		t.Fatal(err)
	}
	if o.table != nil {
		own := w.Table
		w.Table = func(k worker.Kit) worker.Table { o.table(k); return own(k) }
	}
	o.Workers = []worker.Worker{enroll.Worker(), verify.Worker(), w}
	f.House = workertest.Start(t, o.Config)
	f.Platform = f.House.Platform(workertest.Acme)
	return f
}

func asleep(o *options) { o.Asleep = true }

// with changes the platform's policy.
func with(change func(*policy.Policy)) func(*options) {
	return func(o *options) { change(&o.Policies[0]) }
}

// calls bounds a try: what was cut off is made again so soon.
func calls(d time.Duration) func(*options) { return func(o *options) { o.tries.Call = d } }

func (f *fixture) serveMail() notifier.SMTP {
	var err error
	f.mails, err = sink.NewSMTP(sink.SMTPOptions{Inbox: f.inbox, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- f.mails.Serve(l) }()
	f.t.Cleanup(func() {
		_ = f.mails.Close()
		if err := <-served; err != nil {
			f.t.Error(err)
		}
	})
	return notifier.SMTP{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: notifier.None, From: "Acme <no-reply@acme.example>"}
}

func (f *fixture) serveTexts() notifier.Twilio {
	sid, token := "AC00000000000000000000000000000001", "00000000000000000000000000000002"
	var err error
	f.texts, err = sink.NewTwilio(sink.TwilioOptions{Inbox: f.inbox, AccountSID: sid, AuthToken: token})
	if err != nil {
		f.t.Fatal(err)
	}
	server := httptest.NewServer(f.texts)
	f.t.Cleanup(func() {
		f.texts.Close()
		server.Close()
	})
	return notifier.Twilio{BaseURL: server.URL, AccountSID: sid, AuthToken: events.NewSecret(token), From: sink.ValidFrom}
}

// requests asks for a factor whose codes go to an address or number.
func (f *fixture) requests(user, to string) *enrollment.SecretCreated {
	f.t.Helper()
	e := &enrollment.Requested{User: user, Factor: events.SMS, ReauthenticatedAt: time.Now()}
	if strings.Contains(to, "@") {
		e.Factor, e.Email = events.Email, events.NewSecret(to)
	} else {
		e.Phone = events.NewSecret(to)
	}
	return workertest.As[*enrollment.SecretCreated](f.House, f.Ask(e))
}

func (f *fixture) activates(user, enrollmentID, code string) {
	f.t.Helper()
	workertest.As[*enrollment.Activated](f.House, f.Ask(&enrollment.CodeSubmitted{
		User: user, EnrollmentID: enrollmentID, Code: events.NewSecret(code),
	}))
}

// enrolled has a factor activated with the code that arrived.
func (f *fixture) enrolled(user, to string) {
	f.t.Helper()
	n := len(f.arrived(to))
	e := f.requests(user, to)
	f.activates(user, e.EnrollmentID, codeIn(f.awaitArrival(to, n+1)))
}

func (f *fixture) challenged(user, login string) *guard.ChallengeIssued {
	f.t.Helper()
	return workertest.As[*guard.ChallengeIssued](f.House, f.Ask(&guard.LoginStarted{User: user, LoginID: login}))
}

func (f *fixture) passes(user, challenge, code string) *guard.AttemptAccepted {
	f.t.Helper()
	return workertest.As[*guard.AttemptAccepted](f.House, f.Ask(&guard.AttemptSubmitted{
		User: user, ChallengeID: challenge, Code: events.NewSecret(code),
	}))
}

// arrived is what the other end has taken for an address, oldest first.
func (f *fixture) arrived(to string) []sink.Message {
	return slices.DeleteFunc(f.inbox.List(), func(m sink.Message) bool { return m.To != to })
}

// awaitArrival returns the nth message to an address.
func (f *fixture) awaitArrival(to string, n int) sink.Message {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), workertest.Patience)
	defer cancel()
	var seen int
	m, err := f.inbox.Wait(ctx, func(sink.Message) bool { // called for each, oldest first, again with every look
		seen = len(f.arrived(to))
		return seen >= n
	})
	if err != nil {
		f.t.Fatalf("%d of %d messages arrived: %v", seen, n, err)
	}
	_ = m
	return f.arrived(to)[n-1]
}

var digits = regexp.MustCompile(`\b[0-9]{6,8}\b`)

func codeIn(m sink.Message) string { return digits.FindString(m.Text) }

// asked are the notifications about a challenge, an enrollment or a request, the oldest first.
func (f *fixture) asked(about string) []*notification.Requested {
	var list []*notification.Requested
	for _, e := range workertest.Once(f.Heard(workertest.Of(notification.RequestedType))) {
		if r := e.Event.(*notification.Requested); r.About == about {
			list = append(list, r)
		}
	}
	return list
}

// an end is what was said of a notification.
type end struct {
	said   string // the fact and the reason
	final  bool
	record notification.Outcome
}

func outcomeOf(e workertest.Event) (end, bool) {
	var o notification.Outcome
	switch e := e.Event.(type) {
	case *notification.Sent:
		o = e.Outcome
	case *notification.Failed:
		o = e.Outcome
	case *notification.Suppressed:
		o = e.Outcome
	default:
		return end{}, false
	}
	_, fact, _, _ := events.ParseName(e.Envelope.Type)
	return end{said: strings.TrimSpace(fact + " " + string(o.Reason)), final: o.Final, record: o}, true
}

const notFinal = ", not final"

// said is all that was said of notifications about something, final where it says so.
func (f *fixture) said(about string) (list []string) {
	for _, e := range workertest.Once(f.Heard(func(workertest.Event) bool { return true })) {
		o, ok := outcomeOf(e)
		if !ok || o.record.About != about {
			continue
		}
		if !o.final {
			o.said += notFinal
		}
		list = append(list, o.said)
	}
	return list
}

// wantEnds awaits what is final of the notifications about something, and checks all that was said of them.
func (f *fixture) wantEnds(about string, want ...string) {
	f.t.Helper()
	f.checksEnds(f.t, about, want)
}

func (f *fixture) checksEnds(t *testing.T, about string, want []string) {
	t.Helper()
	finals := len(slices.DeleteFunc(slices.Clone(want), func(said string) bool { return strings.HasSuffix(said, notFinal) }))
	f.Await("the end of what is about "+about, finals, func(e workertest.Event) bool {
		o, ok := outcomeOf(e)
		return ok && o.record.About == about && o.final
	})
	f.Quiet()
	if got := f.said(about); !slices.Equal(got, want) {
		t.Errorf("said was %q, want %q", got, want)
	}
}

// wantArrivals checks that so many messages went to an address.
func (f *fixture) wantArrivals(to string, n int) {
	f.t.Helper()
	if got := len(f.arrived(to)); got != n {
		f.t.Errorf("%d messages arrived, want %d", got, n)
	}
}

// wantCode checks that every message to an address brought the code.
func (f *fixture) wantCode(to, code string) {
	f.t.Helper()
	for _, m := range f.arrived(to) {
		if codeIn(m) != code {
			f.t.Errorf("%q came with %s, want %s", m.Text, codeIn(m), code)
		}
	}
}
