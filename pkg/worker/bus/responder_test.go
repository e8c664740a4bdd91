package bus_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/bus/bustest"
)

const loginStatus = "mfa.acme.rpc.login.status"

// respond has verify answer login.status on a guarded bus.
func respond(t *testing.T, f *fixture, answer bus.Answer) *bus.Responder {
	t.Helper()
	return respondOn(t, f.conn, answer)
}

func respondOn(t *testing.T, conn *bus.Conn, answer bus.Answer) *bus.Responder {
	t.Helper()
	r, err := bus.Respond(bus.ResponderConfig{
		Conn: conn, Worker: worker, Logger: bustest.Logger(t), Timeout: 200 * time.Millisecond, RPCs: contract().RPCs,
		Endpoints: []bus.Endpoint{{Entity: "login", Verb: "status", Answer: answer}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), soon)
		defer cancel()
		if err := r.Drain(ctx); err != nil {
			t.Error(err)
		}
	})
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAnswers(t *testing.T) {
	f := guarded(t)
	respond(t, f, func(ctx context.Context, platform string, request []byte) (any, error) {
		switch string(request) {
		case "reject":
			return nil, &events.Rejection{Code: events.RateLimited, Field: "user", Message: "wait", RetryAt: time.Unix(9, 0).UTC()}
		case "field":
			return nil, events.Fault("login_id", "is missing")
		case "fail":
			return nil, errors.New("connect to mongodb://db-0: refused")
		case "panic":
			panic("the seed is ABC")
		case "hang":
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return map[string]string{"platform": platform, "request": string(request)}, nil
	})
	acme := f.server.ConnectPlatform(t, "acme", "acme-login")
	for _, c := range []struct {
		name, request         string
		code, number, reveals string
	}{
		{"an answer", "ask", "", "", `{"platform":"acme","request":"ask"}`},
		{"a rejection", "reject", "rate_limited", "429", `{"code":"rate_limited","field":"user","message":"wait","retry_at":"1970-01-01T00:00:09Z"}`},
		{"a field at fault", "field", "invalid", "400", `"field":"login_id"`},
		{"a failure, of which nothing is told", "fail", "unavailable", "503", ""},
		{"a panic, likewise", "panic", "unavailable", "503", ""},
		{"an answer that takes too long", "hang", "unavailable", "503", ""},
		{"a request that is too long", strings.Repeat("x", 64<<10+1), "too_large", "413", `"code":"too_large"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := acme.Request(loginStatus, []byte(c.request), soon)
			if err != nil {
				t.Fatal(err)
			}
			if code, number := m.Header.Get("Nats-Service-Error"), m.Header.Get("Nats-Service-Error-Code"); code != c.code || number != c.number {
				t.Errorf("error %q %q, want %q %q", code, number, c.code, c.number)
			}
			if !bytes.Contains(m.Data, []byte(c.reveals)) || c.reveals == "" && len(m.Data) > 0 {
				t.Errorf("says %s, want %s", m.Data, c.reveals)
			}
		})
	}
}

// A reply subject is the asker's choice: with it a platform could have a worker write where the platform may not.
func TestOnlyThePlatformsOwnInboxIsAnswered(t *testing.T) {
	f := guarded(t)
	asked := make(chan string, 9)
	respond(t, f, func(_ context.Context, _ string, request []byte) (any, error) {
		asked <- string(request)
		return "the seed", nil
	})
	spy := f.server.Connect(t, "root")
	heard, err := spy.SubscribeSync(">")
	if err != nil {
		t.Fatal(err)
	}
	if err := spy.Flush(); err != nil {
		t.Fatal(err)
	}
	acme := f.server.ConnectPlatform(t, "acme", "acme-login")
	for _, reply := range []string{"", "_INBOX.globex.x", "_INBOX.acmex.y", "_INBOX.acme", "mfa.acme.in.factor.reset_requested", bus.InboxPrefix(worker) + ".x", "$JS.API.STREAM.DELETE.MFA_IN"} {
		if err := acme.PublishMsg(&nats.Msg{Subject: loginStatus, Reply: reply, Data: []byte("bad")}); err != nil {
			t.Fatal(err)
		}
	}
	if m, err := acme.Request(loginStatus, []byte("good"), soon); err != nil || string(m.Data) != `"the seed"` {
		t.Fatal(m, err)
	}
	if got := wait(t, asked, "it is asked"); got != "good" || len(asked) > 0 {
		t.Errorf("answered %s", got)
	}
	if err := spy.Flush(); err != nil {
		t.Fatal(err)
	}
	for n, _, _ := heard.Pending(); n > 0; n, _, _ = heard.Pending() {
		m, err := heard.NextMsg(soon)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(m.Data, []byte("seed")) && !strings.HasPrefix(m.Subject, "_INBOX.acme.") {
			t.Errorf("answered at %s", m.Subject)
		}
	}
}

func TestDrainWaitsForAnswersUnderWay(t *testing.T) {
	f := guarded(t)
	entered, release := make(chan string, 1), make(chan struct{})
	r := respond(t, f, func(context.Context, string, []byte) (any, error) {
		entered <- "x"
		<-release
		return "done", nil
	})
	acme := f.server.ConnectPlatform(t, "acme", "acme-login")
	answered := make(chan string, 1)
	go func() {
		m, err := acme.Request(loginStatus, []byte("x"), soon)
		if err != nil {
			answered <- err.Error()
			return
		}
		answered <- string(m.Data)
	}()
	wait(t, entered, "it is asked")
	drained := make(chan error, 1)
	go func() { drained <- r.Drain(t.Context()) }()
	until(t, "nobody answers any more", func() bool {
		_, err := f.server.ConnectPlatform(t, "globex", "globex").Request("mfa.globex.rpc.login.status", nil, time.Second)
		return errors.Is(err, nats.ErrNoResponders)
	})
	close(release)
	if err := wait(t, drained, "it is drained"); err != nil {
		t.Error(err)
	}
	if got := wait(t, answered, "it is answered"); got != `"done"` {
		t.Errorf("answered %s", got)
	}
}

func TestReplicasShareTheQuestionsAndTellTheirNames(t *testing.T) {
	f := guarded(t)
	asked := make(chan string, 99)
	for range 2 {
		respondOn(t, f.server.Connect(t, worker), func(context.Context, string, []byte) (any, error) {
			asked <- "x"
			return 1, nil
		})
	}
	acme := f.server.ConnectPlatform(t, "acme", "acme-login")
	const n = 20
	for range n {
		if _, err := acme.Request(loginStatus, nil, soon); err != nil {
			t.Fatal(err)
		}
	}
	if len(asked) != n {
		t.Errorf("%d questions were answered %d times", n, len(asked))
	}
	m, err := f.server.Connect(t, "operator").Request("$SRV.INFO.countersign-verify", nil, soon)
	if err != nil {
		t.Fatal(err)
	}
	var info struct {
		Endpoints []struct{ Name, Subject string }
	}
	if err := json.Unmarshal(m.Data, &info); err != nil || len(info.Endpoints) != 1 || info.Endpoints[0].Subject != "mfa.*.rpc.login.status" {
		t.Errorf("the service says of itself %s (%v)", m.Data, err)
	}
}
