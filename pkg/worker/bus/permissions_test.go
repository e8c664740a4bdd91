package bus_test

import (
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"countersign/pkg/events/catalog"
	"countersign/pkg/events/seal"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/bus/bustest"
	"countersign/pkg/worker/bus/embedded"
)

func contract() bus.Contract {
	return bus.Contract{Registry: catalog.New(), RPCs: catalog.RPCs()}
}

// guarded gives a bus with a user for verify, for enroll, for acme's roles login and settings, for the platform globex and
// for the operator.
func guarded(t *testing.T) *fixture {
	t.Helper()
	t.Parallel()
	k := contract()
	must := func(p bus.Permissions, err error) *bus.Permissions {
		if err != nil {
			t.Fatal(err)
		}
		return &p
	}
	operator := bus.OperatorPermissions()
	f := &fixture{registry: k.Registry, server: bustest.Start(t, embedded.Config{Users: []embedded.User{
		{Name: worker, Password: "p", Permissions: must(bus.WorkerPermissions(k, worker, listens))},
		{Name: "enroll", Password: "p", Permissions: must(bus.WorkerPermissions(k, "enroll", nil))},
		{Name: "acme-login", Password: "p", Permissions: must(bus.PlatformPermissions(k, "acme", "login"))},
		{Name: "acme-settings", Password: "p", Permissions: must(bus.PlatformPermissions(k, "acme", "settings"))},
		{Name: "globex", Password: "p", Permissions: must(bus.PlatformPermissions(k, "globex", k.Roles()...))},
		{Name: "operator", Password: "p", Permissions: &operator},
		{Name: "root", Password: "p"},
	}})}
	admin := f.server.Connect(t, "operator")
	f.js = jetStream(t, admin)
	f.server.Ensure(t, admin, f.registry, worker, listens...)
	_, err := bus.Ensure(t.Context(), f.js, bus.StreamOptions{Registry: f.registry}, []bus.Consumer{bus.PlatformConsumer("acme"), bus.PlatformConsumer("globex")})
	if err != nil {
		t.Fatal(err)
	}
	f.conn = f.server.Connect(t, worker)
	if f.operator, err = seal.NewPrivateKey(); err != nil {
		t.Fatal(err)
	}
	return f
}

type deed struct {
	name, who string
	subject   string
	header    nats.Header
	refused   string // part of the error; empty: it works
}

var forbidden = bus.ErrForbidden.Error()

// Each class of what CONTRACT allows and forbids.
var publishing = []deed{
	{"the login role reports a login", "acme-login", "mfa.acme.in.login.started", nil, ""},
	{"the settings role asks for an enrollment", "acme-settings", "mfa.acme.in.enrollment.requested", nil, ""},
	{"another role's request", "acme-login", "mfa.acme.in.enrollment.requested", nil, forbidden},
	{"the administrator's request", "acme-settings", "mfa.acme.in.factor.reset_requested", nil, forbidden},
	{"a foreign platform's request", "acme-login", "mfa.globex.in.login.started", nil, forbidden},
	{"a typo", "acme-login", "mfa.acme.in.login.begun", nil, forbidden},
	{"a typo of one who may do everything", "root", "mfa.acme.in.login.begun", nil, "no response from stream"},
	{"a fact", "acme-login", "mfa.acme.out.attempt.accepted.k", nil, forbidden},
	{"a timer", "acme-login", "mfa.acme.timer.verify.expiry_due", nil, forbidden},
	{"a timer to come", "acme-login", "mfa.acme.timer.verify.expiry_due.x", nil, forbidden},
	{"a dead letter", "acme-login", "mfa.acme.dead.verify.login.started", nil, forbidden},
	{"a reply to somebody", "acme-login", "_INBOX.globex.x", nil, forbidden},
	{"a stream's deletion", "acme-login", "$JS.API.STREAM.DELETE.MFA_IN", nil, forbidden},
	{"a stream's purge", "acme-login", "$JS.API.STREAM.PURGE.MFA_IN", nil, forbidden},
	{"a stream's reading", "acme-login", "$JS.API.STREAM.MSG.GET.MFA_OUT", nil, forbidden},
	{"a consumer of its own", "acme-login", "$JS.API.CONSUMER.CREATE.MFA_OUT.mine", nil, forbidden},
	{"a worker's messages", "acme-login", "$JS.API.CONSUMER.MSG.NEXT.MFA_IN.verify-login-started", nil, forbidden},
	{"a foreign platform's records", "acme-login", "$JS.API.CONSUMER.MSG.NEXT.MFA_OUT.globex", nil, forbidden},
	{"the acknowledgement of a worker's message", "acme-login", "$JS.ACK.MFA_IN.verify-login-started.1.1.1.1.0", nil, forbidden},
	{"a schedule", "acme-login", "mfa.acme.in.login.started", nats.Header{"Nats-Schedule": {"@every 1s"}, "Nats-Schedule-Target": {"mfa.globex.in.login.started"}}, "schedules is disabled"},
	{"a rollup", "acme-login", "mfa.acme.in.login.started", nats.Header{"Nats-Rollup": {"all"}}, "rollup not permitted"},
	{"a message that expires", "acme-login", "mfa.acme.in.login.started", nats.Header{"Nats-TTL": {"1s"}}, "TTL is disabled"},

	{"verify says its fact", worker, "mfa.acme.out.attempt.accepted.k", nil, ""},
	{"verify says what any worker may", worker, "mfa.acme.out.request.rejected.-", nil, ""},
	{"verify keeps a dead letter", worker, "mfa.acme.dead.verify.login.started", nil, ""},
	{"verify sets its timer", worker, "mfa.acme.timer.verify.expiry_due.x", nil, ""},
	{"another worker's fact", worker, "mfa.acme.out.enrollment.activated.k", nil, forbidden},
	{"another worker's timer", worker, "mfa.acme.timer.enroll.expiry_due", nil, forbidden},
	{"another worker's dead letter", worker, "mfa.acme.dead.enroll.login.started", nil, forbidden},
	{"a platform's request by a worker", worker, "mfa.acme.in.login.started", nil, forbidden},
	{"another worker's messages", worker, "$JS.API.CONSUMER.MSG.NEXT.MFA_IN.enroll-enrollment-requested", nil, forbidden},
	{"an answer that nobody asked for", worker, "_INBOX.acme.x", nil, forbidden},
	{"a stream's deletion by a worker", worker, "$JS.API.STREAM.DELETE.MFA_IN", nil, forbidden},
	{"the operator reports no login", "operator", "mfa.acme.in.login.started", nil, forbidden},
}

func TestWhoMayPublishWhat(t *testing.T) {
	f := guarded(t)
	conns := f.everybody(t)
	for _, d := range publishing {
		t.Run(d.name, func(t *testing.T) {
			p, err := bus.NewPublisher(bus.PublisherConfig{Conn: conns[d.who]})
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			_, err = p.Publish(t.Context(), []bus.Outgoing{{Subject: d.subject, Header: d.header, Body: []byte("{}")}})
			switch {
			case d.refused == "" && err != nil:
				t.Error(err)
			case d.refused != "" && (err == nil || !contains(err.Error(), d.refused)):
				t.Errorf("the bus says %v, want %q", err, d.refused)
			case d.refused == forbidden && !errors.Is(err, bus.ErrForbidden):
				t.Errorf("%v is not ErrForbidden", err)
			case time.Since(start) > 2*time.Second:
				t.Errorf("known after %s only: the error was a timeout", time.Since(start))
			}
		})
	}
}

func TestWhoMayHearWhat(t *testing.T) {
	f := guarded(t)
	conns := f.everybody(t)
	for _, d := range []deed{
		{name: "a platform hears its facts", who: "acme-login", subject: "mfa.acme.out.>"},
		{name: "a platform hears one user's facts", who: "acme-login", subject: "mfa.acme.out.*.*.k"},
		{name: "a platform's inbox", who: "acme-login", subject: "_INBOX.acme.x.*"},
		{name: "a foreign platform's facts", who: "acme-login", subject: "mfa.globex.out.>", refused: "x"},
		{name: "everybody's facts", who: "acme-login", subject: "mfa.*.out.>", refused: "x"},
		{name: "its own requests, which hold codes", who: "acme-login", subject: "mfa.acme.in.>", refused: "x"},
		{name: "everybody's inboxes", who: "acme-login", subject: "_INBOX.>", refused: "x"},
		{name: "every platform's inbox", who: "acme-login", subject: "_INBOX.*.x", refused: "x"},
		{name: "a worker's inbox", who: "acme-login", subject: bus.InboxPrefix(worker) + ".>", refused: "x"},
		{name: "the questions that others ask", who: "acme-login", subject: "mfa.acme.rpc.login.status", refused: "x"},
		{name: "the server's events", who: "acme-login", subject: "$JS.EVENT.>", refused: "x"},
		{name: "everything", who: "acme-login", subject: ">", refused: "x"},
		{name: "a worker hears who was erased, in each of its processes", who: worker, subject: "mfa.*.out.user.erased.*"},
		{name: "a worker hears other facts by its durables alone", who: worker, subject: "mfa.*.out.>", refused: "x"},
		{name: "verify is asked", who: worker, subject: "mfa.*.rpc.login.status"},
		{name: "another worker's questions", who: worker, subject: "mfa.*.rpc.enrollment.provisioning", refused: "x"},
		{name: "a platform's inbox by a worker", who: worker, subject: "_INBOX.acme.>", refused: "x"},
		{name: "requests past the durables", who: worker, subject: "mfa.*.in.>", refused: "x"},
		{name: "the operator does not listen to platforms beside the streams", who: "operator", subject: "mfa.>", refused: "x"},
	} {
		t.Run(d.name, func(t *testing.T) {
			if err := hear(t, conns[d.who], d.subject); (err != nil) != (d.refused != "") {
				t.Errorf("the bus says %v", err)
			}
		})
	}
}

// hear returns the server's word on a subscription.
func hear(t *testing.T, c *bus.Conn, subject string) error {
	t.Helper()
	s, err := c.SubscribeSync(subject)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Unsubscribe() }()
	if err := c.Flush(); err != nil { // the server's refusal comes before its answer to this
		t.Fatal(err)
	}
	if _, err := s.NextMsg(time.Millisecond); !errors.Is(err, nats.ErrTimeout) {
		return err
	}
	return nil
}

func (f *fixture) everybody(t *testing.T) map[string]*bus.Conn {
	return map[string]*bus.Conn{
		worker: f.conn, "root": f.server.Connect(t, "root"), "operator": f.server.Connect(t, "operator"),
		"acme-login":    f.server.ConnectPlatform(t, "acme", "acme-login"),
		"acme-settings": f.server.ConnectPlatform(t, "acme", "acme-settings"),
	}
}

func TestPermissionsOfWhatCannotBe(t *testing.T) {
	k := contract()
	for name, err := range map[string]error{
		"a role that nobody has":          second(bus.PlatformPermissions(k, "acme", "root")),
		"a platform that is all":          second(bus.PlatformPermissions(k, "*", "login")),
		"a platform of two tokens":        second(bus.PlatformPermissions(k, "acme.in", "login")),
		"a platform like a worker's box":  second(bus.PlatformPermissions(k, "_verify", "login")),
		"a worker for another's requests": second(bus.WorkerPermissions(k, "verify", []string{enrollmentRequested})),
	} {
		if err == nil {
			t.Errorf("%s is permitted", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }
