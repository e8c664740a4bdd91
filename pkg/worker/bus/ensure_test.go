package bus_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/bus/bustest"
	"countersign/pkg/worker/bus/embedded"
)

func bare(t *testing.T) (jetstream.JetStream, bus.StreamOptions, []bus.Consumer) {
	t.Helper()
	t.Parallel()
	js := jetStream(t, bustest.Start(t, embedded.Config{}).Connect(t, "operator"))
	o := bus.StreamOptions{Registry: catalog.New()}
	consumers, err := bus.Consumers(o.Registry, worker, listens, bus.Scale{})
	if err != nil {
		t.Fatal(err)
	}
	return js, o, append(consumers, bus.PlatformConsumer("acme"))
}

func TestEnsureMakesEverythingOnceAndThenFindsNothingToDo(t *testing.T) {
	js, o, consumers := bare(t)
	first, err := bus.Ensure(t.Context(), js, o, consumers)
	if err != nil {
		t.Fatal(err)
	}
	if want := 4 + len(consumers); len(first.Created) != want || len(first.Changed) != 0 {
		t.Errorf("created %v, changed %v, want %d created", first.Created, first.Changed, want)
	}
	again, err := bus.Ensure(t.Context(), js, o, consumers)
	if err != nil || len(again.Created)+len(again.Changed)+len(again.Strange) != 0 {
		t.Errorf("the second time: %+v (%v)", again, err)
	}
}

func TestTheStreamsAreAsTheContractSays(t *testing.T) {
	js, o, consumers := bare(t)
	if _, err := bus.Ensure(t.Context(), js, o, consumers); err != nil {
		t.Fatal(err)
	}
	in := stream(t, js, bus.StreamIn)
	if in.Retention != jetstream.WorkQueuePolicy || in.Discard != jetstream.DiscardNew || !in.DiscardNewPerSubject ||
		in.MaxMsgSize != 64<<10 || in.Duplicates != 100*time.Millisecond || in.AllowMsgSchedules || in.AllowRollup || in.AllowMsgTTL {
		t.Errorf("MFA_IN is %+v", in)
	}
	rows := 0
	for _, row := range o.Registry.Types() {
		if row.Direction == events.In {
			rows++
		}
	}
	if len(in.Subjects) != rows || !slices.Contains(in.Subjects, "mfa.*.in.login.started") {
		t.Errorf("MFA_IN takes %v, want the %d rows of In", in.Subjects, rows)
	}
	if out := stream(t, js, bus.StreamOut); out.MaxAge != 7*24*time.Hour || out.Retention != jetstream.LimitsPolicy || out.AllowMsgSchedules {
		t.Errorf("MFA_OUT is %+v", out)
	}
	if dead := stream(t, js, bus.StreamDead); dead.MaxAge != 14*24*time.Hour || dead.AllowMsgSchedules {
		t.Errorf("MFA_DEAD is %+v", dead)
	}
	if !stream(t, js, bus.StreamTimer).AllowMsgSchedules {
		t.Error("MFA_TIMER takes no schedules")
	}
}

func TestADurableIsAsTheTableSays(t *testing.T) {
	js, o, consumers := bare(t)
	if _, err := bus.Ensure(t.Context(), js, o, consumers); err != nil {
		t.Fatal(err)
	}
	filters := map[string]string{
		"MFA_IN/verify-login-started":           "mfa.*.in.login.started",
		"MFA_OUT/verify-enrollment-activated":   "mfa.*.out.enrollment.activated.*",
		"MFA_TIMER/verify-challenge-expiry_due": "mfa.*.timer.verify.expiry_due",
		"MFA_OUT/acme":                          "mfa.acme.out.>",
	}
	for place, filter := range filters {
		name, durable, _ := strings.Cut(place, "/")
		c, err := js.Consumer(t.Context(), name, durable)
		if err != nil {
			t.Fatal(err)
		}
		conf := c.CachedInfo().Config
		if conf.FilterSubject != filter || conf.AckPolicy != jetstream.AckExplicitPolicy || conf.AckWait != 30*time.Second ||
			conf.MaxDeliver != -1 || conf.MaxAckPending != 2000 || conf.Metadata["io.nats.monitor.enabled"] != "true" {
			t.Errorf("%s is %+v", place, conf)
		}
	}
}

// What `nats server check` takes its bounds from.
func TestTheStreamsSayWhenTheyAreWell(t *testing.T) {
	js, o, consumers := bare(t)
	if _, err := bus.Ensure(t.Context(), js, o, consumers); err != nil {
		t.Fatal(err)
	}
	if said := stream(t, js, bus.StreamOut).Metadata; said["io.nats.monitor.enabled"] != "true" || said["io.nats.monitor.peer-expect"] != "" {
		t.Errorf("one copy expects %v", said)
	}
	if said := stream(t, js, bus.StreamDead).Metadata; said["io.nats.monitor.subjects-warn"] != "1" || said["io.nats.monitor.subjects-critical"] != "10" {
		t.Errorf("dead letters are well with %v", said)
	}
	o.Replicas = 3
	for _, s := range bus.Streams(o) {
		if s.Metadata["io.nats.monitor.peer-expect"] != "3" || s.Metadata["io.nats.monitor.peer-lag-critical"] != "1000" || s.Metadata["io.nats.monitor.peer-seen-critical"] != "10s" {
			t.Errorf("three copies of %s expect %v", s.Name, s.Metadata)
		}
	}
}

func TestDrift(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(*jetstream.StreamConfig)
		of      string
		says    string
		refused bool
	}{
		{"a schedule allowed", func(s *jetstream.StreamConfig) {
			s.AllowMsgSchedules, s.AllowRollup, s.DenyPurge = true, true, false
			s.Discard, s.DiscardNewPerSubject = jetstream.DiscardOld, false
		}, bus.StreamIn, "stream MFA_IN has allow_msg_schedules true instead of false", true},
		{"a rollup allowed", func(s *jetstream.StreamConfig) { s.AllowRollup, s.DenyPurge = true, false }, bus.StreamIn, "stream MFA_IN has allow_rollup_hdrs true instead of false", true},
		{"a TTL allowed", func(s *jetstream.StreamConfig) { s.AllowMsgTTL = true }, bus.StreamOut, "stream MFA_OUT has allow_msg_ttl true instead of false", true},
		{"a foreign subject", func(s *jetstream.StreamConfig) { s.Subjects = append(s.Subjects, "else.>") }, bus.StreamIn, "stream MFA_IN has foreign subjects else.> instead of none", true},
		{"another retention", func(s *jetstream.StreamConfig) { s.Retention = jetstream.InterestPolicy }, bus.StreamDead, "stream MFA_DEAD has retention Interest instead of Limits", true},
		{"a copy to elsewhere", func(s *jetstream.StreamConfig) {
			s.RePublish = &jetstream.RePublish{Source: ">", Destination: "copy.>"}
		}, bus.StreamOut, "stream MFA_OUT has republish true instead of false", true},
		{"no room", func(s *jetstream.StreamConfig) { s.MaxMsgsPerSubject = 1 }, bus.StreamIn, "stream MFA_IN has max_msgs_per_subject 1 instead of 10000", false},
		{"a longer window", func(s *jetstream.StreamConfig) { s.Duplicates = time.Minute }, bus.StreamIn, "stream MFA_IN has duplicate_window 1m0s instead of 100ms", false},
		{"a shorter memory", func(s *jetstream.StreamConfig) { s.MaxAge = time.Hour }, bus.StreamOut, "stream MFA_OUT has max_age 1h0m0s instead of 168h0m0s", false},
		{"a type too few", func(s *jetstream.StreamConfig) { s.Subjects = s.Subjects[1:] }, bus.StreamIn, "stream MFA_IN has subjects to add none instead of", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			js, o, consumers := bare(t)
			for _, s := range bus.Streams(o) {
				if s.Name == c.of {
					c.change(&s)
				}
				if _, err := js.CreateStream(t.Context(), s); err != nil {
					t.Fatal(err)
				}
			}
			before := stream(t, js, c.of)
			r, err := bus.Ensure(t.Context(), js, o, consumers)
			if c.refused {
				if err == nil || !contains(err.Error(), c.says) || !contains(err.Error(), "nats stream rm "+c.of) {
					t.Errorf("Ensure says %v, want %q and what to do", err, c.says)
				}
				if after := stream(t, js, c.of); after.AllowRollup != before.AllowRollup || len(after.Subjects) != len(before.Subjects) {
					t.Error("something was changed all the same")
				}
				return
			}
			if err != nil || !slices.ContainsFunc(r.Changed, func(s string) bool { return strings.HasPrefix(s, c.says) }) {
				t.Errorf("Ensure says %+v (%v), want %q", r, err, c.says)
			}
			if left, err := bus.Diff(t.Context(), js, o, consumers); err != nil || len(left) != 0 {
				t.Errorf("left after it: %v (%v)", left, err)
			}
		})
	}
}

func TestDriftOfConsumers(t *testing.T) {
	js, o, consumers := bare(t)
	if _, err := bus.Ensure(t.Context(), js, o, consumers[1:]); err != nil {
		t.Fatal(err)
	}
	other := jetstream.ConsumerConfig{Durable: consumers[0].Durable, FilterSubject: "mfa.acme.in.login.started", AckPolicy: jetstream.AckExplicitPolicy}
	for _, c := range []jetstream.ConsumerConfig{other, {Durable: "stranger", FilterSubject: "mfa.*.in.factor.reset_requested", AckPolicy: jetstream.AckExplicitPolicy}} {
		if _, err := js.CreateConsumer(t.Context(), bus.StreamIn, c); err != nil {
			t.Fatal(err)
		}
	}
	_, err := bus.Ensure(t.Context(), js, o, consumers)
	if err == nil || !contains(err.Error(), "consumer verify-login-started of MFA_IN has filter_subject") || !contains(err.Error(), "nats consumer rm MFA_IN verify-login-started") {
		t.Errorf("Ensure says %v", err)
	}
	if err := js.DeleteConsumer(t.Context(), bus.StreamIn, other.Durable); err != nil {
		t.Fatal(err)
	}
	r, err := bus.Ensure(t.Context(), js, o, consumers)
	if err != nil || len(r.Created) != 1 || len(r.Strange) != 1 || !contains(r.Strange[0], "stranger") {
		t.Errorf("Ensure says %+v (%v)", r, err)
	}
}

func TestAPlatformNamedLikeADurableIsRefused(t *testing.T) {
	js, o, consumers := bare(t)
	_, err := bus.Ensure(t.Context(), js, o, append(consumers, bus.PlatformConsumer("verify-enrollment-activated")))
	if err == nil || !contains(err.Error(), "rename the platform") {
		t.Errorf("Ensure says %v", err)
	}
}

func TestAFullSubjectRefusesAndLeavesOthersTheirRoom(t *testing.T) {
	js, o, _ := bare(t)
	o.InMessages = 2
	if _, err := bus.Ensure(t.Context(), js, o, nil); err != nil {
		t.Fatal(err)
	}
	subject := events.InSubject("acme", "login", "started")
	for range 2 {
		if _, err := js.Publish(t.Context(), subject, body("u")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := js.Publish(t.Context(), subject, body("u")); err == nil || !contains(err.Error(), "maximum messages per subject exceeded") {
		t.Errorf("the third: %v", err)
	}
	for _, s := range []string{events.InSubject("globex", "login", "started"), events.InSubject("acme", "attempt", "submitted")} {
		if _, err := js.Publish(t.Context(), s, body("u")); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
	if _, err := js.Publish(t.Context(), events.InSubject("acme", "factor", "unlock_requested"), make([]byte, 64<<10+1)); err == nil || !contains(err.Error(), "message size exceeds") {
		t.Errorf("a byte too many: %v", err)
	}
}

func TestConsumersOfWhatTravelsNotAreRefused(t *testing.T) {
	r, err := events.NewRegistry([]events.Type{{
		Entity: "login", Fact: "started", Version: 1, Direction: events.Kept, Worker: worker, New: func() events.Event { return new(guard.LoginStarted) },
	}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bus.Consumers(r, worker, []string{loginStarted}, bus.Scale{}); err == nil || !contains(err.Error(), "never on the bus") {
		t.Errorf("Consumers says %v", err)
	}
}

func stream(t *testing.T, js jetstream.JetStream, name string) jetstream.StreamConfig {
	t.Helper()
	s, err := js.Stream(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return s.CachedInfo().Config
}
