package trace_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/pkg/worker/trace"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

const (
	sampled   = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	unsampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
)

// recorder has spans that were sampled so.
func recorder(t *testing.T, s sdk.Sampler) (*trace.Tracer, *tracetest.InMemoryExporter) {
	t.Helper()
	kept := tracetest.NewInMemoryExporter()
	p := sdk.NewTracerProvider(sdk.WithSampler(sdk.ParentBased(s)), sdk.WithSyncer(kept))
	t.Cleanup(func() { _ = p.Shutdown(context.Background()) })
	return trace.New(p, "verify"), kept
}

// work is what every worker does with a message, as far as tracing goes.
func work(ctx context.Context, t *trace.Tracer) {
	ctx, received := t.Begin(ctx, trace.Receive, "countersign.login.started.v1", trace.From{})
	received.Say(trace.Platform, "acme")
	received.Count(trace.Deliveries, 1)
	for _, step := range []trace.Step{trace.Handle, trace.Load, trace.Decide, trace.Commit, trace.Publish} {
		ctx, span := trace.Begin(ctx, step, "guard")
		span.Say(trace.OutcomeWord, "done")
		_, _, _ = trace.Parent(ctx), trace.ID(ctx), trace.Apart(ctx)
		span.End(nil)
	}
	trace.Here(ctx).Say(trace.EventID, "e-1")
	received.End(nil)
}

func TestWhatIsOffAllocatesNothing(t *testing.T) {
	ctx, cancel := context.WithTimeout(trace.About(t.Context(), value(slog.StringValue("m"))), time.Minute)
	defer cancel()
	if n := testing.AllocsPerRun(100, func() { work(ctx, nil) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestTheDecisionOfWhoeverBeganATraceHolds(t *testing.T) {
	for name, c := range map[string]struct {
		sampler sdk.Sampler
		parent  string
		spans   int
	}{
		"a sender who traces":                {sdk.NeverSample(), sampled, 2},
		"a sender who does not":              {sdk.AlwaysSample(), unsampled, 0},
		"nobody before us, all of them":      {sdk.AlwaysSample(), "", 2},
		"nobody before us, none of them":     {sdk.NeverSample(), "", 0},
		"what is no traceparent counts none": {sdk.AlwaysSample(), "00-" + strings.Repeat("0", 32) + "-b7ad6b7169203331-01", 2},
	} {
		t.Run(name, func(t *testing.T) {
			tracer, kept := recorder(t, c.sampler)
			ctx, received := tracer.Begin(t.Context(), trace.Receive, "x", trace.From{Parent: c.parent})
			inner, handled := trace.Begin(ctx, trace.Handle, "")
			next := trace.Parent(inner)
			handled.End(nil)
			received.End(nil)
			if n := len(kept.GetSpans()); n != c.spans || received.On() != (n > 0) {
				t.Errorf("%d spans, on: %v", n, received.On())
			}
			if flag := next[len(next)-2:]; (flag == "01") != (c.spans > 0) {
				t.Errorf("whoever comes next is told %s", next)
			}
			if id := trace.ID(inner); (id != "") != (c.spans > 0) {
				t.Errorf("a line of the log names trace %q", id)
			}
			if c.parent == sampled && (!strings.HasPrefix(next, sampled[:36]) || next == sampled) {
				t.Errorf("after %s comes %s", sampled, next)
			}
		})
	}
}

func TestSpansStandBelowEachOther(t *testing.T) {
	tracer, kept := recorder(t, sdk.AlwaysSample())
	arrived := time.Now().Add(-time.Second)
	ctx, received := tracer.Begin(t.Context(), trace.Receive, "login.started", trace.From{Parent: sampled, Since: arrived})
	inner, published := trace.Begin(ctx, trace.Publish, "")
	other := trace.Apart(inner)
	published.End(errors.New("jane@example.org is away"))
	received.End(nil)
	spans := kept.GetSpans()
	if got := names(spans); !slices.Equal(got, []string{"publish", "receive login.started"}) {
		t.Fatalf("got %v", got)
	}
	below, above := spans[0], spans[1]
	if below.Parent.SpanID() != above.SpanContext.SpanID() || above.Parent.SpanID().String() != "b7ad6b7169203331" || !above.StartTime.Equal(arrived) {
		t.Errorf("%v below %v", below, above)
	}
	if below.Status.Code.String() != "Error" || below.Status.Description != "" || len(below.Events) != 0 {
		t.Errorf("a failure says %+v", below.Status)
	}
	if trace.Parent(other) != "" || trace.Here(other).On() {
		t.Error("work of another cause stands in this trace")
	}
}

func names(spans tracetest.SpanStubs) (all []string) {
	for _, s := range spans {
		all = append(all, s.Name)
	}
	return all
}

func TestATraceparentIsFoundInAnySpelling(t *testing.T) {
	for name, c := range map[string]struct {
		headers map[string][]string
		want    string
	}{
		"lower case":     {map[string][]string{"traceparent": {sampled}}, sampled},
		"as the web has": {map[string][]string{"Traceparent": {sampled}}, sampled},
		"none":           {map[string][]string{"x": {sampled}}, ""},
		"two values":     {map[string][]string{"traceparent": {sampled, unsampled}}, ""},
		"two spellings":  {map[string][]string{"traceparent": {sampled}, "TraceParent": {unsampled}}, ""},
		"no value":       {map[string][]string{"traceparent": {}}, ""},
		"no headers":     {nil, ""},
	} {
		if got := trace.In(c.headers); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestPagesAreNamedByTheirPatternAndBelieveNoStranger(t *testing.T) {
	tracer, kept := recorder(t, sdk.AlwaysSample())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /recovery/{platform}/{token}", func(w http.ResponseWriter, r *http.Request) {
		_, span := trace.Begin(r.Context(), trace.Load, "recovery")
		span.End(nil)
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("POST /recovery/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	pages := tracer.Pages(mux)
	for _, r := range []*http.Request{
		httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/recovery/acme/canary-token?q=canary", nil),
		httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/recovery/canary", nil),
		httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/canary", nil),
	} {
		r.Header.Set("Traceparent", sampled)
		pages.ServeHTTP(httptest.NewRecorder(), r)
	}
	spans := kept.GetSpans()
	want := []string{"load recovery", "page GET /recovery/{platform}/{token}", "page POST /recovery/", "page"}
	if got := names(spans); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for i, status := range []int64{200, 503, 404} {
		s := spans[i+1]
		if s.Parent.IsValid() || s.SpanContext.TraceID().String() == sampled[3:35] {
			t.Errorf("%s is below a stranger's", s.Name)
		}
		told := ""
		for _, a := range s.Attributes {
			told += string(a.Key) + "=" + a.Value.String() + " "
			if a.Key == "http.response.status_code" && a.Value.AsInt64() != status {
				t.Errorf("%s: %d", s.Name, a.Value.AsInt64())
			}
		}
		if strings.Contains(told, "canary") || (s.Status.Code.String() == "Error") != (status == 503) {
			t.Errorf("%s tells %s %+v", s.Name, told, s.Status)
		}
	}
	if tracer.Pages(nil) != nil || (*trace.Tracer)(nil).Pages(mux) == nil {
		t.Error("no pages are some, or pages without a tracer are none")
	}
}

func TestALineNamesItsMessageAndItsTrace(t *testing.T) {
	tracer, _ := recorder(t, sdk.AlwaysSample())
	var out bytes.Buffer
	log := slog.New(trace.Logs(slog.NewJSONHandler(&out, nil))).With("worker", "verify")
	ctx := trace.About(t.Context(), value(slog.GroupValue(slog.String("event_id", "e-1"), slog.String("cause_id", "c-1"))))
	ctx, span := tracer.Begin(ctx, trace.Receive, "x", trace.From{Parent: sampled})
	defer span.End(nil)
	log.InfoContext(ctx, "goes back", "n", 1)
	log.Info("starting")
	lines := strings.Split(out.String(), "\n")
	if want := `"msg":"goes back","worker":"verify","n":1,"event_id":"e-1","cause_id":"c-1","trace_id":"0af7651916cd43dd8448eb211c80319c"}`; !strings.HasSuffix(lines[0], want) {
		t.Errorf("%s\nwant %s", lines[0], want)
	}
	if !strings.HasSuffix(lines[1], `"msg":"starting","worker":"verify"}`) {
		t.Error(lines[1])
	}
}

type value slog.Value

func (v value) LogValue() slog.Value { return slog.Value(v) }
