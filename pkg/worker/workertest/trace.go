package workertest

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"countersign/pkg/worker/trace"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// traceTo keeps every span, unless the test has tracers of its own, or measures.
func (h *House) traceTo(t testing.TB, own func(worker string) *trace.Tracer) {
	h.tracer = own
	if own != nil {
		return
	}
	if _, measures := t.(*testing.B); measures {
		h.tracer = func(string) *trace.Tracer { return nil }
		return
	}
	h.spans = tracetest.NewInMemoryExporter()
	provider := sdk.NewTracerProvider(sdk.WithSampler(sdk.AlwaysSample()), sdk.WithSyncer(h.spans))
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	h.tracer = func(worker string) *trace.Tracer { return trace.New(provider, worker) }
}

// traced is everything that spans tell.
func (h *House) traced() []byte {
	if h.spans == nil {
		return nil
	}
	var text bytes.Buffer
	for _, s := range h.spans.GetSpans() {
		fmt.Fprintln(&text, s.Name, s.Status.Description)
		for _, a := range s.Attributes {
			fmt.Fprintln(&text, a.Key, a.Value.String())
		}
		for _, e := range s.Events {
			fmt.Fprintln(&text, e.Name, e.Attributes)
		}
	}
	if text.Len() == 0 {
		h.t.Error("no span is there to be searched")
	}
	return text.Bytes()
}
