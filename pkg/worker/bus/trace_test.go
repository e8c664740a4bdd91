package bus_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/trace"
	"github.com/nats-io/nats.go"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

const (
	traceID = "0af7651916cd43dd8448eb211c80319c"
	parent  = "00-" + traceID + "-b7ad6b7169203331-01"
)

// recorder keeps what ends, and awaits it.
type recorder struct {
	*tracetest.InMemoryExporter
	tracer *trace.Tracer
}

func newRecorder(t *testing.T) recorder {
	t.Helper()
	kept := tracetest.NewInMemoryExporter()
	provider := sdk.NewTracerProvider(sdk.WithSyncer(kept))
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	return recorder{kept, trace.New(provider, worker)}
}

// named awaits n spans of a name, in the order in which they began: one may end after the next has begun.
func (r recorder) named(t *testing.T, name string, n int) (found tracetest.SpanStubs) {
	t.Helper()
	until(t, name+" is traced", func() bool {
		found = nil
		for _, s := range r.GetSpans() {
			if s.Name == name {
				found = append(found, s)
			}
		}
		return len(found) >= n
	})
	slices.SortFunc(found, func(a, b tracetest.SpanStub) int { return a.StartTime.Compare(b.StartTime) })
	return found
}

func tells(s tracetest.SpanStub) map[string]string {
	all := map[string]string{}
	for _, a := range s.Attributes {
		all[string(a.Key)] = a.Value.String()
	}
	return all
}

func TestAMessageIsTracedUntilTheBusIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		header nats.Header
		body   string
		handle func(*bus.Delivery) error
		want   []string // outcomes of its deliveries
		id     string
	}{
		"done":    {nats.Header{"ce-id": {"e1"}, "ce-causationid": {"c1"}, "traceparent": {parent}}, `{"user":"u"}`, nil, []string{"done"}, "e1"},
		"in JSON": {nil, `{"specversion":"1.0","id":"e1","causationid":"c1","source":"/acme","type":"` + loginStarted + `","traceparent":"` + parent + `","data":{"user":"u"}}`, nil, []string{"done"}, "e1"},
		"retried": {nats.Header{"Ce-Id": {"e1"}, "CE-CausationID": {"c1"}, "TraceParent": {parent}}, `{"user":"u"}`, func(d *bus.Delivery) error {
			if d.Deliveries == 1 {
				return bus.RetryAfter(time.Millisecond, errors.New("jane@example.org"))
			}
			return nil
		}, []string{"retry", "done"}, "e1"},
		"dead":        {nats.Header{"ce-id": {"e1"}, "ce-causationid": {"c1"}, "traceparent": {parent}}, `{"user":"u"}`, func(*bus.Delivery) error { return bus.Discard("odd", errors.New("jane@example.org")) }, []string{"dead"}, "e1"},
		"an address":  {nats.Header{"ce-id": {"jane@example.org"}, "ce-causationid": {"c1"}, "traceparent": {parent}}, `{"user":"u"}`, nil, []string{"done"}, ""},
		"not a trace": {nats.Header{"ce-id": {"e1"}, "ce-causationid": {"c1"}, "traceparent": {"jane@example.org"}}, `{"user":"u"}`, nil, []string{"done"}, "e1"},
	} {
		t.Run(name, func(t *testing.T) {
			f, kept := start(t), newRecorder(t)
			within := make(chan string, 9)
			f.replica(t, f.conn, bus.Config{Tracer: kept.tracer}, bus.Subscription{Name: loginStarted, Handle: func(ctx context.Context, d *bus.Delivery) error {
				within <- trace.ID(ctx)
				if c.handle == nil {
					return nil
				}
				return c.handle(d)
			}})
			f.send(t, events.InSubject("acme", "login", "started"), c.header, []byte(c.body))
			received := kept.named(t, "receive "+loginStarted, len(c.want))
			for i, want := range c.want {
				s, got := received[i], tells(received[i])
				if got["countersign.outcome"] != want || got["countersign.event.id"] != c.id || got["countersign.cause.id"] != "c1" || got["countersign.platform"] != "acme" {
					t.Errorf("delivery %d tells %v", i+1, got)
				}
				if id := s.SpanContext.TraceID().String(); id != wait(t, within, "it is handled") || (id == traceID) != (name != "not a trace") {
					t.Errorf("in trace %s", id)
				}
				if (s.Status.Code.String() == "Error") != (want != "done") || s.EndTime.Before(s.StartTime) {
					t.Errorf("%+v", s)
				}
				if handled := kept.named(t, "handle", i+1)[i]; handled.Parent.SpanID() != s.SpanContext.SpanID() {
					t.Errorf("handled below %s", handled.Parent.SpanID())
				}
			}
			for _, s := range kept.GetSpans() {
				for k, v := range tells(s) {
					if strings.Contains(k+v+s.Name+s.Status.Description, "jane") {
						t.Errorf("%s tells %s=%s", s.Name, k, v)
					}
				}
			}
		})
	}
}

func TestAQuestionStandsInTheTraceOfWhoeverAsks(t *testing.T) {
	f, kept := guarded(t), newRecorder(t)
	fail := errors.New("mongodb://db-0 refuses")
	r, err := bus.Respond(bus.ResponderConfig{
		Conn: f.conn, Worker: worker, Logger: quietLogger(), RPCs: contract().RPCs, Tracer: kept.tracer,
		Endpoints: []bus.Endpoint{{Entity: "login", Verb: "status", Answer: func(ctx context.Context, _ string, request []byte) (any, error) {
			switch string(request) {
			case `"reject"`:
				return nil, &events.Rejection{Code: events.NotFound}
			case `"fail"`:
				return nil, fail
			}
			return trace.ID(ctx), nil
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Drain(context.Background()) })
	acme := f.server.ConnectPlatform(t, "acme", "acme-login")
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	ctx, page := kept.tracer.Begin(ctx, trace.Page, "", trace.From{})
	defer page.End(nil)
	var answer string
	if err := acme.Ask(ctx, "acme", "login", "status", "ask", &answer); err != nil || answer != trace.ID(ctx) {
		t.Errorf("answered in trace %q, %v", answer, err)
	}
	_ = acme.Ask(ctx, "acme", "login", "status", "reject", &answer)
	_ = acme.Ask(ctx, "acme", "login", "status", "fail", &answer)
	answers, asks := kept.named(t, "answer login.status", 3), kept.named(t, "ask login.status", 3)
	for i, want := range []string{"answered", "not_found", "unavailable"} {
		if got := tells(answers[i]); got["countersign.outcome"] != want || got["countersign.platform"] != "acme" || answers[i].Parent.SpanID() != asks[i].SpanContext.SpanID() {
			t.Errorf("%s: %v", want, got)
		}
		if failed := answers[i].Status.Code.String() == "Error"; failed != (want == "unavailable") {
			t.Errorf("%s is an error: %v", want, failed)
		}
	}
}

// text keeps lines that goroutines of a router write.
type text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (x *text) Write(p []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.b.Write(p)
}

func (x *text) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.b.String()
}

func TestALineAboutAMessageNamesIt(t *testing.T) {
	f, kept, said := start(t), newRecorder(t), &text{}
	log := slog.New(trace.Logs(slog.NewTextHandler(said, nil)))
	r, err := bus.New(bus.Config{Conn: f.conn, Worker: worker, Registry: f.registry, DeadLetterKey: f.operator.Public(), Logger: log, Tracer: kept.tracer})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- r.Run(ctx, []bus.Subscription{{Name: loginStarted, Handle: func(ctx context.Context, _ *bus.Delivery) error {
			log.InfoContext(ctx, "the handler's own")
			return bus.Discard("odd", nil)
		}}})
	}()
	t.Cleanup(func() { cancel(); <-done })
	wait(t, r.Running(), "the router runs")
	f.send(t, events.InSubject("acme", "login", "started"), nats.Header{
		"ce-id": {"e1"}, "ce-causationid": {"c1"}, "traceparent": {parent},
	}, []byte(`{"user":"u","login_id":"l1"}`))
	until(t, "the dead letter is told", func() bool { return strings.Contains(said.String(), "dead letter") })
	ids := "event_id=e1 cause_id=c1 correlation_id=l1 trace_id=" + traceID
	for line := range strings.Lines(said.String()) {
		if (strings.Contains(line, "own") || strings.Contains(line, "dead letter")) && !strings.Contains(line, ids) {
			t.Errorf("no %s in %s", ids, line)
		}
	}
}
