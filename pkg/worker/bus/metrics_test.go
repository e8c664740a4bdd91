package bus_test

import (
	"context"
	"errors"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"countersign/pkg/worker/bus"
)

func TestMetricsCountOutcomesAndNameNobody(t *testing.T) {
	f := start(t)
	metrics := prometheus.NewRegistry()
	handle := func(_ context.Context, d *bus.Delivery) error {
		switch {
		case userOf(d) == "bad":
			return bus.Discard("malformed", nil)
		case d.Deliveries == 1 && userOf(d) == "late":
			return errors.New("later")
		}
		return nil
	}
	f.replica(t, f.conn, bus.Config{Metrics: metrics}, bus.Subscription{Name: loginStarted, Handle: handle})
	f.replica(t, f.conn, bus.Config{Metrics: metrics}, bus.Subscription{Name: attemptSubmitted, Handle: handle}) // a second in the process
	for _, user := range []string{"good", "bad", "late"} {
		f.publish(t, user)
	}
	f.empty(t, bus.StreamIn, loginDurable)
	until(t, "everything is counted", func() bool { return count(t, metrics, "done") == 2 })
	if retry, dead := count(t, metrics, "retry"), count(t, metrics, "dead"); retry != 1 || dead != 1 {
		t.Errorf("%v retries, %v dead", retry, dead)
	}
	families, err := metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"verify": true, loginStarted: true, attemptSubmitted: true, "done": true, "retry": true, "dead": true}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			for _, l := range m.GetLabel() {
				if !known[l.GetValue()] {
					t.Errorf("%s has label %s=%q", family.GetName(), l.GetName(), l.GetValue())
				}
			}
		}
	}
}

func count(t *testing.T, r *prometheus.Registry, outcome string) (n float64) {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			for _, l := range m.GetLabel() {
				if family.GetName() == "countersign_bus_messages_total" && l.GetValue() == outcome {
					n += m.GetCounter().GetValue()
				}
			}
		}
	}
	return n
}
