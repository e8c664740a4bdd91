package decider_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"countersign/pkg/worker/trace"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// tracing is the bus's part of a trace.
func tracing(t *testing.T) (begin func() (ctx context.Context, id string), spans *tracetest.InMemoryExporter) {
	t.Helper()
	spans = tracetest.NewInMemoryExporter()
	provider := sdk.NewTracerProvider(sdk.WithSyncer(spans))
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	tracer := trace.New(provider, "verify")
	return func() (context.Context, string) {
		ctx, span := tracer.Begin(t.Context(), trace.Receive, "", trace.From{})
		t.Cleanup(func() { span.End(nil) })
		return ctx, trace.ID(ctx)
	}, spans
}

func named(spans tracetest.SpanStubs) (names []string) {
	for _, s := range spans {
		names = append(names, s.Name)
	}
	return names
}

func TestWhatIsPublishedGoesOnWithTheTrace(t *testing.T) {
	w := newWorker(t)
	begin, spans := tracing(t)
	ctx, id := begin()
	if err := w.receive(ctx, ask("e1", 7)); err != nil {
		t.Fatal(err)
	}
	kept := spans.GetSpans()
	if got := named(kept); !slices.Equal(got, []string{"load guard", "decide", "commit guard", "publish"}) {
		t.Fatalf("traced %q", got)
	}
	want := "00-" + id + "-" + kept[3].SpanContext.SpanID().String() + "-01"
	for _, m := range w.bus.published() {
		if m.Header["traceparent"][0] != want {
			t.Errorf("published with %s, want %s", m.Header["traceparent"], want)
		}
	}
	for _, s := range w.bus.scheduled {
		if s.Header["traceparent"][0] != want {
			t.Errorf("scheduled with %s, want %s", s.Header["traceparent"], want)
		}
	}
}

func TestARefusalAndAnAnswerWithoutACommitAreTraced(t *testing.T) {
	w := newWorker(t)
	begin, spans := tracing(t)
	ctx, id := begin()
	w.uncommitted = true
	for _, add := range []int{7, 101, -1} {
		if err := w.receive(ctx, ask("e1", add)); err != nil {
			t.Fatal(err)
		}
	}
	var decided []string
	for _, s := range spans.GetSpans() {
		if s.Name == "decide" {
			decided = append(decided, s.Attributes[0].Value.AsString())
		}
		if s.Status.Code.String() == "Error" {
			t.Errorf("%s is an error", s.Name)
		}
	}
	if !slices.Equal(decided, []string{countedType, "wrong_state"}) {
		t.Errorf("decided %q", decided)
	}
	for _, e := range w.heard() {
		if e.TraceParent[3:35] != id {
			t.Errorf("%s is in trace %s", e.Type, e.TraceParent)
		}
	}
}

func TestWhatACrashLeftIsInNobodysTrace(t *testing.T) {
	w := newWorker(t)
	begin, _ := tracing(t)
	lost, _ := begin()
	w.bus.setDown(true)
	_ = w.receive(lost, ask("e1", 7))
	w.bus.setDown(false)
	w.assemble()
	ctx, id := begin()
	if err := w.receive(ctx, ask("e2", 7)); err != nil {
		t.Fatal(err)
	}
	heard := w.heard()
	if len(heard) != 2 || heard[0].CausationID != "e1" || heard[0].TraceParent != "" || heard[1].TraceParent[3:35] != id {
		t.Errorf("heard %+v", heard)
	}
	w.bus.restore()
	w.settle()
	w.sweep(noon.Add(time.Minute))
	for _, e := range w.heard() {
		if e.TraceParent != "" {
			t.Errorf("the sweeper publishes into trace %s", e.TraceParent)
		}
	}
}
