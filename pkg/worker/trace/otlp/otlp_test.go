package otlp_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/trace"
	"countersign/pkg/worker/trace/otlp"
	"countersign/pkg/worker/trace/otlptest"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A fixture is a worker's sender and a collector.
type fixture struct {
	*otlp.Sender
	collector *otlptest.Collector
	metrics   *prometheus.Registry
	log       bytes.Buffer // read after Close
}

func start(t *testing.T, change ...func(*otlp.Settings)) *fixture {
	t.Helper()
	t.Parallel()
	f := &fixture{metrics: prometheus.NewRegistry()}
	var err error
	if f.collector, err = otlptest.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.collector.Close)
	s := otlp.Settings{URL: f.collector.URL, Ratio: 1}
	for _, c := range change {
		c(&s)
	}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	f.Sender, err = otlp.Open(s, otlp.Config{Worker: "verify", Logger: slog.New(slog.NewTextHandler(&f.log, nil)), Metrics: f.metrics})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close(context.Background()) })
	return f
}

func (f *fixture) trace(n int) {
	for range n {
		_, span := f.Tracer().Begin(context.Background(), trace.Receive, "login.started", trace.From{})
		span.End(nil)
	}
}

func (f *fixture) counts(t *testing.T, outcome string) int {
	t.Helper()
	found, err := f.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range found {
		for _, m := range family.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetName() == "outcome" && l.GetValue() == outcome {
					return int(m.GetCounter().GetValue())
				}
			}
		}
	}
	return 0
}

// in bounds what must not take long, on a busy machine.
func in(t *testing.T, most time.Duration, what string, do func()) {
	t.Helper()
	begun := time.Now()
	do()
	if took := time.Since(begun); took > most {
		t.Errorf("%s took %s", what, took)
	}
}

func TestWhatIsTracedArrivesAtTheEnd(t *testing.T) {
	f := start(t, func(s *otlp.Settings) { s.Authorization = events.NewSecret("Bearer canary") })
	f.trace(1000)
	_ = f.Flush(t.Context())
	spans := f.collector.Spans()
	if len(spans) != 1000 {
		t.Fatalf("%d spans arrived", len(spans))
	}
	if s := spans[0]; s.Service != "countersign-verify" || s.Name != "receive login.started" || s.Kind != "SPAN_KIND_CONSUMER" || s.Parent != "" || s.Tells["countersign.worker"] != "verify" {
		t.Errorf("got %+v", s)
	}
	if got := f.collector.Headers()[0].Get("Authorization"); got != "Bearer canary" {
		t.Errorf("the collector was shown %q", got)
	}
	if made, sent := f.counts(t, "made"), f.counts(t, "sent"); made != 1000 || sent != 1000 {
		t.Errorf("%d made, %d sent", made, sent)
	}
	if problems, err := testutil.GatherAndLint(f.metrics); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}

func TestNobodyWaitsForACollectorThatHangs(t *testing.T) {
	f := start(t)
	f.collector.Hold()
	in(t, time.Minute, "tracing 50,000 spans", func() { f.trace(50_000) }) // who waited would take eight
	if made := f.counts(t, "made"); made != 50_000 {
		t.Errorf("%d made", made)
	}
	in(t, 20*time.Second, "a stop", func() { _ = f.Flush(t.Context()); _ = f.Close(t.Context()) })
	if n := f.counts(t, "sent"); n != 0 {
		t.Errorf("%d are called sent", n)
	}
	if kept := f.counts(t, "refused"); kept > 25_000 {
		t.Errorf("%d were kept for it", kept)
	}
}

func TestNobodyWaitsForACollectorThatIsAway(t *testing.T) {
	f := start(t, func(s *otlp.Settings) { s.URL = "http://127.0.0.1:1/v1/traces" })
	f.trace(10)
	in(t, 20*time.Second, "a stop", func() { _ = f.Flush(t.Context()); _ = f.Close(t.Context()) })
	if f.counts(t, "refused") != 10 || !strings.Contains(f.log.String(), "traces are lost") {
		t.Errorf("%d refused, and it says\n%s", f.counts(t, "refused"), &f.log)
	}
}

func TestACollectorsFaultIsSaidOnceAndItsEnd(t *testing.T) {
	f := start(t)
	f.collector.Answer(http.StatusBadRequest)
	for range 3 {
		f.trace(1)
		_ = f.Flush(t.Context())
	}
	f.collector.Answer(http.StatusOK)
	f.trace(1)
	_ = f.Flush(t.Context())
	_ = f.Close(t.Context())
	said := f.log.String()
	if strings.Count(said, "traces are lost") != 1 || strings.Count(said, "takes traces again") != 1 || strings.Count(said, "\n") != 2 {
		t.Errorf("it says\n%s", said)
	}
	if refused, sent := f.counts(t, "refused"), f.counts(t, "sent"); refused != 3 || sent != 1 {
		t.Errorf("%d refused, %d sent", refused, sent)
	}
}

func TestARatioIsTracedOfWhatBeginsHere(t *testing.T) {
	f := start(t, func(s *otlp.Settings) { s.Ratio = 0 })
	f.trace(100)
	_, span := f.Tracer().Begin(t.Context(), trace.Receive, "x", trace.From{Parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
	span.End(nil)
	_ = f.Flush(t.Context())
	if spans := f.collector.Spans(); len(spans) != 1 || spans[0].Parent != "b7ad6b7169203331" {
		t.Errorf("got %+v", spans)
	}
}

func TestNothingIsTracedWithoutAPlaceToSendItTo(t *testing.T) {
	sender, err := otlp.Open(otlp.Settings{Ratio: 1}, otlp.Config{Worker: "verify"})
	if sender != nil || err != nil || sender.Tracer() != nil {
		t.Errorf("%v, %v", sender, err)
	}
}
