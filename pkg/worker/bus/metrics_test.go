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
	for _, value := range values(t, r, "countersign_bus_messages_total", outcome) {
		n += value
	}
	return n
}

// oldestOf is the age of the oldest message of a type that waits here.
func oldestOf(t *testing.T, r *prometheus.Registry, name string) float64 {
	t.Helper()
	ages := values(t, r, "countersign_bus_oldest_seconds", name)
	if len(ages) == 0 {
		t.Fatalf("no age of %s", name)
	}
	return ages[0]
}

// values are those of a counter or gauge wherever one of its labels says this.
func values(t *testing.T, r *prometheus.Registry, metric, label string) (all []float64) {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			for _, l := range m.GetLabel() {
				if family.GetName() == metric && l.GetValue() == label {
					all = append(all, m.GetCounter().GetValue()+m.GetGauge().GetValue()) // the other is nil, which reads 0
				}
			}
		}
	}
	return all
}

func TestTheAgeOfWhatWaitsIsShownAlsoWhileItComesAgain(t *testing.T) {
	f := start(t)
	metrics := prometheus.NewRegistry()
	held, release := make(chan uint64, 9), make(chan error)
	f.replica(t, f.conn, bus.Config{Metrics: metrics}, bus.Subscription{Name: loginStarted, Handle: func(_ context.Context, d *bus.Delivery) error {
		held <- d.Deliveries
		return <-release
	}})
	if age := oldestOf(t, metrics, loginStarted); age != 0 {
		t.Errorf("nothing waits, for %v s", age)
	}
	f.publish(t, "ann")
	wait(t, held, "it is in hand")
	until(t, "it grows older", func() bool { return oldestOf(t, metrics, loginStarted) > 0.02 })
	release <- bus.RetryAfter(bus.MaxRetry, errors.New("later"))
	until(t, "it is given back", func() bool { return count(t, metrics, "retry") == 1 })
	until(t, "it is half a second old", func() bool {
		age := oldestOf(t, metrics, loginStarted)
		if age < 0.02 {
			t.Errorf("it waits on the bus, and is %v s old", age)
		}
		return age >= 0.5 || t.Failed()
	})
	if n := wait(t, held, "it comes again"); n != 2 {
		t.Errorf("delivery %d", n)
	}
	release <- nil
	until(t, "nothing waits", func() bool { return oldestOf(t, metrics, loginStarted) == 0 })
}
