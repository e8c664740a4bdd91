package notifier_test

import (
	"log/slog"
	"net"
	"net/http/httptest"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
	"countersign/services/enroll"
	"countersign/services/notifier"
	"countersign/services/notifier/internal/twiliodoc"
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
	pace       notifier.Pace
	table      func(worker.Kit) // sees what the notifier stands on
	using      func(*notifier.Config)
	exchanging string // the token before Twilio's present one, which counts as well; "": none
	holds      int    // messages at the far ends; 0: the sink's default
}

// quick tries again as soon as the bus lets it, and does not wait long for who is gone.
var quick = notifier.Pace{Backoff: time.Millisecond, Call: 30 * time.Second}

func start(t *testing.T, change ...func(*options)) *fixture {
	t.Helper()
	t.Parallel()
	o := options{pace: quick}
	p := workertest.Lenient(workertest.Acme)
	p.Resend.After = time.Nanosecond
	o.Policies = []policy.Policy{p}
	for _, c := range change {
		c(&o)
	}
	f := &fixture{t: t, inbox: sink.NewInbox(sink.InboxOptions{Limit: o.holds})}
	config := notifier.Config{SMTP: f.serveMail(), Twilio: f.serveTexts(o.holds), Pace: o.pace}
	if o.using != nil {
		o.using(&config)
	}
	w, err := notifier.Worker(config)
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
func calls(d time.Duration) func(*options) { return func(o *options) { o.pace.Call = d } }

// unhurried is for tests that hold a try up: it may last as long as a loaded machine makes it.
func unhurried(o *options) {
	o.pace.Call = time.Hour
	o.using = func(c *notifier.Config) { c.SMTP.Timeout = time.Hour }
}

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

func (f *fixture) serveTexts(holds int) notifier.Twilio {
	sid, token := "AC00000000000000000000000000000001", "00000000000000000000000000000002"
	var err error
	f.texts, err = sink.NewTwilio(sink.TwilioOptions{Inbox: f.inbox, AccountSID: sid, AuthToken: token, Limit: holds})
	if err != nil {
		f.t.Fatal(err)
	}
	server := httptest.NewServer(twiliodoc.Hold(f.t, f.texts))
	f.t.Cleanup(func() {
		f.texts.Close()
		server.Close()
	})
	return notifier.Twilio{BaseURL: server.URL, AccountSID: sid, AuthToken: events.NewSecret(token), From: sink.ValidFrom}
}
