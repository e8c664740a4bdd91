package bus_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/bus/bustest"
	"countersign/pkg/worker/bus/embedded"
)

const judgeSubject = "mfa.acme.rpc.probe.judge"

// internal is the contract with one more question, which recovery alone may ask of verify.
func internal() bus.Contract {
	k := contract()
	k.RPCs = append(k.RPCs, events.RPC{Entity: "probe", Verb: "judge", Worker: worker, Askers: []string{"recovery"}})
	return k
}

// among gives a bus with a user for verify, recovery, enroll and all roles of two platforms, and verify's answers on it.
func among(t *testing.T, asked chan<- string) *bustest.Server {
	t.Helper()
	t.Parallel()
	k := internal()
	users := []embedded.User{{Name: "root", Password: "p"}}
	add := func(name string, may bus.Permissions, err error) {
		if err != nil {
			t.Fatal(err)
		}
		users = append(users, embedded.User{Name: name, Password: "p", Permissions: &may})
	}
	for _, w := range []string{worker, "recovery", "enroll"} {
		may, err := bus.WorkerPermissions(k, w, nil)
		add(w, may, err)
	}
	for _, p := range []string{"acme", "globex"} {
		may, err := bus.PlatformPermissions(k, p, k.Roles()...)
		add(p, may, err)
	}
	server := bustest.Start(t, embedded.Config{Users: users})
	serveJudge(t, server, k, asked)
	return server
}

func serveJudge(t *testing.T, server *bustest.Server, k bus.Contract, asked chan<- string) {
	t.Helper()
	answer := func(_ context.Context, platform string, request []byte) (any, error) {
		asked <- string(request)
		switch string(request) {
		case `"reject"`:
			return nil, &events.Rejection{Code: events.NotFound, Field: "user", Message: "is not known", RetryAt: time.Unix(9, 0).UTC()}
		case `"fail"`:
			return nil, errors.New("connect to mongodb://db-0: refused")
		case `"odd"`:
			return 7, nil
		}
		return platform, nil
	}
	conn := server.Connect(t, worker)
	r, err := bus.Respond(bus.ResponderConfig{
		Conn: conn, Worker: worker, Logger: bustest.Logger(t), RPCs: k.RPCs,
		Endpoints: []bus.Endpoint{{Entity: "probe", Verb: "judge", Answer: answer}, {Entity: "login", Verb: "status", Answer: answer}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Drain(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
}

func TestPermissionsOfAQuestionThatOneWorkerMayAsk(t *testing.T) {
	k := internal()
	const everywhere = "mfa.*.rpc.probe.judge"
	for _, w := range []string{worker, "recovery", "enroll", "notifier"} {
		p, err := bus.WorkerPermissions(k, w, nil)
		if err != nil {
			t.Fatal(err)
		}
		if asks := slices.Contains(p.Publish, everywhere); asks != (w == "recovery") {
			t.Errorf("%s may ask: %t", w, asks)
		}
		if hears := slices.Contains(p.Subscribe, everywhere); hears != (w == worker) {
			t.Errorf("%s may be asked: %t", w, hears)
		}
	}
	for _, role := range k.Roles() {
		p, err := bus.PlatformPermissions(k, "acme", role)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(p.Publish, judgeSubject) {
			t.Errorf("the role %s may ask", role)
		}
	}
}

func TestOnlyTheNamedWorkerAsks(t *testing.T) {
	asked := make(chan string, 9)
	server := among(t, asked)
	var said string
	if err := server.Connect(t, "recovery").Ask(deadline(t), "acme", "probe", "judge", "good", &said); err != nil || said != "acme" {
		t.Fatalf("%q, %v", said, err)
	}
	<-asked
	for name, conn := range map[string]*bus.Conn{
		"enroll": server.Connect(t, "enroll"),
		"acme":   server.ConnectPlatform(t, "acme", "acme"),
		"globex": server.ConnectPlatform(t, "globex", "globex"),
	} {
		p, err := bus.NewPublisher(bus.PublisherConfig{Conn: conn})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Publish(t.Context(), []bus.Outgoing{{Subject: judgeSubject, Body: []byte("{}")}}); !errors.Is(err, bus.ErrForbidden) {
			t.Errorf("%s asks: the bus says %v", name, err)
		}
	}
	if len(asked) > 0 {
		t.Errorf("answered %s", <-asked)
	}
}

// Root may publish everything: what is not answered here is refused by the worker itself.
func TestAQuestionIsAnsweredOnlyAtTheInboxOfWhoMayAsk(t *testing.T) {
	asked := make(chan string, 99)
	server := among(t, asked)
	root := server.Connect(t, "root")
	for subject, replies := range map[string][]string{
		judgeSubject: {"", "_INBOX.acme.x", "_INBOX.recovery.x", "_INBOX._enroll.x", "_INBOX._recoveryx.y", "_INBOX._recovery", "_INBOX._recovery.*", "mfa.acme.in.factor.reset_requested"},
		loginStatus:  {"_INBOX._recovery.x", "_INBOX._enroll.x", "_INBOX.globex.x"},
	} {
		for _, reply := range replies {
			if err := root.PublishMsg(&nats.Msg{Subject: subject, Reply: reply, Data: []byte("bad at " + reply)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for subject, reply := range map[string]string{judgeSubject: "_INBOX._recovery.x", loginStatus: "_INBOX.acme.x"} {
		if err := root.PublishMsg(&nats.Msg{Subject: subject, Reply: reply, Data: []byte("good")}); err != nil {
			t.Fatal(err)
		}
		if got := wait(t, asked, "it is asked"); got != "good" {
			t.Errorf("answered %s", got)
		}
	}
}

func TestARefusalReachesTheWorkerThatAsked(t *testing.T) {
	asked := make(chan string, 9)
	recovery := among(t, asked).Connect(t, "recovery")
	var said string
	err := recovery.Ask(deadline(t), "acme", "probe", "judge", "reject", &said)
	why, ok := errors.AsType[*events.Rejection](err)
	if !ok || why.Code != events.NotFound || why.Field != "user" || why.Message == "" || why.RetryAt.Unix() != 9 {
		t.Errorf("a rejection came as %v", err)
	}
	for _, request := range []string{"fail", "odd"} {
		err := recovery.Ask(deadline(t), "acme", "probe", "judge", request, &said)
		if _, rejected := errors.AsType[*events.Rejection](err); err == nil || rejected {
			t.Errorf("%s came as %v", request, err)
		}
	}
	if err := recovery.Ask(deadline(t), "acme", "probe", "nobody", "x", &said); err == nil {
		t.Error("a question to nobody was answered")
	}
}

func TestAnEndpointThatTheContractDoesNotHaveIsAnError(t *testing.T) {
	f := start(t)
	_, err := bus.Respond(bus.ResponderConfig{
		Conn: f.conn, Worker: "enroll", Logger: bustest.Logger(t), RPCs: contract().RPCs,
		Endpoints: []bus.Endpoint{{Entity: "login", Verb: "status"}},
	})
	if err == nil {
		t.Error("enroll answers a question that is put to verify")
	}
}

func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	t.Cleanup(cancel)
	return ctx
}
