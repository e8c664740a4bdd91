package k8s_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/nats-io/jsm.go"
	"github.com/nats-io/jsm.go/api"
	"github.com/nats-io/jsm.go/monitor"
	"github.com/nats-io/nats.go"
)

// checkBus is `nats server check stream` and `nats server check consumer` by their own code, with no flags: their bounds are in the
// metadata of what the Job of the overlay has made.
func (c *cluster) checkBus(t *testing.T) {
	streams, missing, err := c.operator(t).Streams(nil)
	if err != nil || len(missing) > 0 || len(streams) != 4 {
		t.Fatalf("%d streams: %v", len(streams), err)
	}
	consumers := 0
	for _, s := range streams {
		checkStream(t, s)
		_, err := s.EachConsumer(func(one *jsm.Consumer) { consumers++; checkConsumer(t, one) })
		if err != nil {
			t.Fatal(err)
		}
	}
	if consumers < 30 {
		t.Errorf("only %d consumers were checked", consumers)
	}
}

// operator is connected as the Job that makes the streams is.
func (c *cluster) operator(t *testing.T) *jsm.Manager {
	t.Helper()
	const pod = "countersign-streams"
	env, here := environment(t, "overlays/dev", pod), c.mount(t, c.pods[pod])
	password, err := os.ReadFile(here.Replace(env["COUNTERSIGN_NATS_PASSWORD_FILE"]))
	if err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect(c.bus, nats.UserInfo(env["COUNTERSIGN_NATS_USER"], strings.TrimSpace(string(password))),
		nats.RootCAs(here.Replace(env["COUNTERSIGN_NATS_CA_FILE"])), nats.CustomInboxPrefix("_INBOX."+env["COUNTERSIGN_NATS_USER"]), nats.Timeout(patience))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	m, err := jsm.New(nc, jsm.WithTimeout(patience))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func checkStream(t *testing.T, s *jsm.Stream) {
	t.Helper()
	opts, err := monitor.ExtractStreamHealthCheckOptions(s.Metadata())
	if err != nil || !opts.Enabled {
		t.Fatalf("%s is not watched: %v", s.Name(), err)
	}
	info, err := s.Information()
	if err != nil {
		t.Fatal(err)
	}
	look := func(subjects int) *monitor.Result {
		r, changed := &monitor.Result{}, *info
		changed.State.NumSubjects = subjects
		monitor.CheckStreamInfoHealth(&changed, r, *opts, api.NewDiscardLogger())
		return r
	}
	if r := look(0); len(r.Criticals)+len(r.Warnings) > 0 {
		t.Errorf("%s, empty: %v %v", s.Name(), r.Criticals, r.Warnings)
	}
	few, many := look(1), look(10)
	if dead := s.Name() == "MFA_DEAD"; dead != (len(few.Warnings) > 0) || dead != (len(many.Criticals) > 0) || len(few.Criticals) > 0 {
		t.Errorf("%s, one subject: %v, ten: %v", s.Name(), few.Warnings, many.Criticals)
	}
}

func checkConsumer(t *testing.T, one *jsm.Consumer) {
	t.Helper()
	opts, err := monitor.ExtractConsumerHealthCheckOptions(one.Metadata())
	if err != nil || !opts.Enabled {
		t.Fatalf("%s is not watched: %v", one.Name(), err)
	}
	info, err := one.LatestState()
	if err != nil {
		t.Fatal(err)
	}
	room := info.Config.MaxAckPending
	for name, c := range map[string]struct {
		change func(*api.ConsumerInfo)
		alarms int
	}{
		"as it is":               {func(*api.ConsumerInfo) {}, 0},
		"busy":                   {func(i *api.ConsumerInfo) { i.NumAckPending, i.NumPending, i.NumRedelivered = room/2, 1000, 10 }, 0},
		"no room left":           {func(i *api.ConsumerInfo) { i.NumAckPending = room }, 1},
		"one platform is full":   {func(i *api.ConsumerInfo) { i.NumPending = 10_000 }, 1},
		"all comes again":        {func(i *api.ConsumerInfo) { i.NumRedelivered = room / 2 }, 1},
		"no room and far behind": {func(i *api.ConsumerInfo) { i.NumAckPending, i.NumPending = room, 10_000 }, 2},
	} {
		r, changed := &monitor.Result{}, info
		c.change(&changed)
		monitor.CheckConsumerInfoHealth(&changed, r, *opts, api.NewDiscardLogger())
		if len(r.Criticals) != c.alarms || len(r.Warnings) != 0 {
			t.Errorf("%s, %s, with room for %s: %v %v", one.Name(), name, strconv.Itoa(room), r.Criticals, r.Warnings)
		}
	}
}
