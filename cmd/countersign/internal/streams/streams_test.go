package streams_test

import (
	"strings"
	"testing"

	"countersign/cmd/countersign/internal/streams"
	"countersign/cmd/countersign/internal/table"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/bus/embedded"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var conf = streams.Config{Platforms: []string{"acme"}, Copies: 1, Replicas: 4, Waiting: 10_000}

// operator is connected to an empty bus, with the rights that an operator has.
func operator(t *testing.T) jetstream.JetStream {
	t.Helper()
	may := bus.OperatorPermissions()
	s, err := embedded.Start(embedded.Config{Dir: t.TempDir(), Users: []embedded.User{{Name: "_operator", Password: "p", Permissions: &may}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	nc, err := nats.Connect("", nats.InProcessServer(s), nats.UserInfo("_operator", "p"), nats.CustomInboxPrefix(bus.InboxPrefix("operator")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

func apply(t *testing.T, js jetstream.JetStream, c streams.Config) string {
	t.Helper()
	var said strings.Builder
	if err := streams.Apply(t.Context(), &said, js, c); err != nil {
		t.Fatal(err)
	}
	return said.String()
}

func diff(t *testing.T, js jetstream.JetStream, c streams.Config) (string, error) {
	t.Helper()
	var said strings.Builder
	err := streams.Diff(t.Context(), &said, js, c)
	return said.String(), err
}

func says(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, line := range want {
		if !strings.Contains(text, line) {
			t.Errorf("no %q in\n%s", line, text)
		}
	}
}

func TestApplyMakesWhatDiffMisses(t *testing.T) {
	js := operator(t)
	said, err := diff(t, js, conf)
	says(t, said, "differs  stream MFA_IN is missing\n", "differs  consumer acme of MFA_OUT is missing\n")
	if err == nil || !strings.Contains(err.Error(), "countersign streams apply") {
		t.Errorf("got %v", err)
	}
	said = apply(t, js, conf)
	says(t, said, "created  stream MFA_TIMER\n", "created  consumer verify-login-started of MFA_IN\n", "created  consumer notifier-notification-requested of MFA_OUT\n")
	for _, w := range table.Workers() {
		consumers, err := bus.Consumers(table.Contract().Registry, w.Name, w.Hears, bus.Scale{})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range consumers {
			if _, err := js.Consumer(t.Context(), c.Stream, c.Durable); err != nil {
				t.Errorf("%s: %v", c.Durable, err)
			}
		}
	}
	said, err = diff(t, js, conf)
	if err != nil {
		t.Errorf("after apply: %v\n%s", err, said)
	}
	says(t, apply(t, js, conf), "0 created, 0 changed")
}

func TestWhatChangedIsSaid(t *testing.T) {
	js := operator(t)
	apply(t, js, conf)
	more := conf
	more.Waiting, more.Replicas, more.Platforms = 5, 8, []string{"beta"}
	_, err := diff(t, js, more)
	if err == nil {
		t.Error("diff sees no difference")
	}
	says(t, apply(t, js, more),
		"changed  stream MFA_IN has max_msgs_per_subject 10000 instead of 5\n",
		"changed  consumer verify-login-started of MFA_IN has max_ack_pending 2000 instead of 4000\n",
		"created  consumer beta of MFA_OUT\n", "left     consumer acme of MFA_OUT stands in no table",
	)
	said, err := diff(t, js, more)
	says(t, said, "differs  consumer acme of MFA_OUT stands in no table\n")
	if err != nil {
		t.Errorf("a stranger alone is no difference: %v", err)
	}
}

func TestWhatLetsSomebodyWriteForOthersIsLeftToAPerson(t *testing.T) {
	js := operator(t)
	apply(t, js, conf)
	s, err := js.Stream(t.Context(), bus.StreamIn)
	if err != nil {
		t.Fatal(err)
	}
	changed := s.CachedInfo().Config
	changed.AllowMsgTTL = true
	if _, err := js.UpdateStream(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	said, err := diff(t, js, conf)
	if err == nil {
		t.Error("diff sees no difference")
	}
	says(t, said, "allow_msg_ttl true instead of false: find out who changed it")
	err = streams.Apply(t.Context(), new(strings.Builder), js, conf)
	if err == nil || !strings.Contains(err.Error(), "allow_msg_ttl") {
		t.Errorf("got %v", err)
	}
}
