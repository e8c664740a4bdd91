package notifier_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker/trace"
	"countersign/pkg/worker/trace/otlp"
	"countersign/pkg/worker/trace/otlptest"
	"countersign/pkg/worker/workertest"
)

// senders are those of all workers, to one collector.
type senders struct {
	*otlptest.Collector
	t *testing.T

	mu   sync.Mutex
	list []*otlp.Sender
}

func collect(t *testing.T) *senders {
	t.Helper()
	c, err := otlptest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return &senders{Collector: c, t: t}
}

func (s *senders) tracer(worker string) *trace.Tracer {
	one, err := otlp.Open(otlp.Settings{URL: s.URL}, otlp.Config{Worker: worker, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = one.Close(context.Background()) })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, one)
	return one.Tracer()
}

// of are the spans of a trace, once everything is handled.
func (s *senders) of(f *fixture, id string) (spans []otlptest.Span) {
	s.t.Helper()
	f.Quiet()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.list {
		_ = one.Flush(s.t.Context())
	}
	for _, span := range s.Spans() {
		if span.Trace == id {
			spans = append(spans, span)
		}
	}
	return spans
}

func traced(s *senders) func(*options) { return func(o *options) { o.Tracer = s.tracer } }

// under is a traceparent of the platform's.
func under(parent string) workertest.Option {
	return func(e *events.Envelope) { e.TraceParent = parent }
}

const (
	traceID = "0af7651916cd43dd8448eb211c80319c"
	root    = "b7ad6b7169203331"
	parent  = "00-" + traceID + "-" + root + "-01"
)

// paths are spans with those above them, outermost first: service and name. A span whose parent is not there is told.
func paths(t *testing.T, spans []otlptest.Span) map[string]int {
	t.Helper()
	byID, all := map[string]otlptest.Span{}, map[string]int{}
	for _, s := range spans {
		byID[s.ID] = s
	}
	for _, s := range spans {
		path := ""
		for at, ok := s, true; ok; at, ok = byID[at.Parent] {
			path = strings.TrimPrefix(at.Service, "countersign-") + ":" + at.Name + " > " + path
			if _, above := byID[at.Parent]; !above && at.Parent != root {
				t.Errorf("%s stands below %q, which is nowhere", path, at.Parent)
			}
		}
		all[strings.TrimSuffix(path, " > ")]++
	}
	return all
}

const (
	challenging = "verify:receive countersign.login.started.v1 > verify:handle"
	publishing  = challenging + " > verify:publish"
	sending     = publishing + " > notifier:receive countersign.notification.requested.v1 > notifier:handle"
)

func TestOneTraceLeadsFromThePlatformsPublishToTheProvider(t *testing.T) {
	all := collect(t)
	f := start(t, traced(all))
	f.enrolled("ann-1", mailbox)
	f.Send(&guard.LoginStarted{User: "ann-1", LoginID: "l1"}, workertest.ID("e1"), under(parent))
	f.Answer("e1")
	f.awaitArrival(mailbox, 2)
	spans := all.of(f, traceID)
	got := paths(t, spans)
	for path, n := range map[string]int{
		"verify:receive countersign.login.started.v1": 1, challenging: 1, challenging + " > verify:load guard": 1, challenging + " > verify:decide": 1,
		challenging + " > verify:commit guard": 1, publishing: 1,
		sending: 1, sending + " > notifier:load notification": 0, sending + " > notifier:commit notification": 2, sending + " > notifier:send email": 1,
	} {
		if got[path] != n {
			t.Errorf("%d of %s, want %d", got[path], path, n)
		}
	}
	if t.Failed() {
		for _, path := range slices.Sorted(maps.Keys(got)) {
			fmt.Println(got[path], path)
		}
	}
	wantTold(t, spans)
}

// wantTold holds the spans to what they may tell, and to their order in time.
func wantTold(t *testing.T, spans []otlptest.Span) {
	t.Helper()
	for _, s := range spans {
		if s.Failed || s.End.Before(s.Start) {
			t.Errorf("%+v", s)
		}
		switch s.Name {
		case "receive countersign.login.started.v1":
			if s.Kind != "SPAN_KIND_CONSUMER" || s.Parent != root || s.Tells["countersign.platform"] != "acme" || s.Tells["countersign.event.id"] != "e1" ||
				s.Tells["countersign.outcome"] != "done" || s.Tells["countersign.deliveries"] != "1" {
				t.Errorf("%+v", s)
			}
		case "decide":
			if want := "countersign.challenge.issued.v1"; s.Service == "countersign-verify" && s.Tells["countersign.outcome"] != want {
				t.Errorf("decided %v, want %s", s.Tells, want)
			}
		case "send email":
			if s.Kind != "SPAN_KIND_CLIENT" || s.Tells["countersign.provider"] != "smtp" || s.Tells["countersign.try"] != "1" || s.Tells["countersign.outcome"] != "taken" {
				t.Errorf("%+v", s)
			}
		}
	}
}

func TestWhatIsDeliveredTwiceOrLaterStaysInItsTrace(t *testing.T) {
	all := collect(t)
	f := start(t, traced(all))
	f.enrolled("ann-1", mailbox)
	f.mails.Script(relay(451, 4, 3, 0)) // the timer of the next try belongs to the login
	sent := f.Send(&guard.LoginStarted{User: "ann-1", LoginID: "l1"}, workertest.ID("e1"), under(parent))
	f.awaitArrival(mailbox, 2)
	f.Publish(sent)
	f.Quiet()
	f.deliverAllAnew()
	got := paths(t, all.of(f, traceID))
	again := sending + " > notifier:publish > notifier:receive countersign.notification.retry_due.v1 > notifier:handle"
	for path, n := range map[string]int{
		"verify:receive countersign.login.started.v1": 2, challenging + " > verify:commit guard": 1, publishing: 2,
		sending + " > notifier:send email": 1, again + " > notifier:send email": 1,
	} {
		if got[path] != n {
			t.Errorf("%d of %s, want %d", got[path], path, n)
		}
	}
}
