package otlp

import (
	"context"
	"errors"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// Outcomes of a span. What was made and is neither sent nor refused is on its way, or was dropped where the queue was full.
const (
	made    = "made"
	sent    = "sent"
	refused = "refused"
)

// An exporter keeps the collector's faults to itself: it counts them, and says in the log when they begin and when they end.
type exporter struct {
	next  sdk.SpanExporter
	conf  Config
	spans *prometheus.CounterVec

	mu      sync.Mutex
	failing bool
}

func newExporter(next sdk.SpanExporter, c Config) (*exporter, error) {
	spans := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "countersign_traces_spans_total", Help: "Spans that were made, that a collector has taken, and that it has not.",
	}, []string{"worker", "outcome"})
	if c.Metrics != nil {
		err := c.Metrics.Register(spans)
		var there prometheus.AlreadyRegisteredError
		if errors.As(err, &there) { // workers that share a process
			spans = there.ExistingCollector.(*prometheus.CounterVec)
		} else if err != nil {
			return nil, err
		}
	}
	return &exporter{next: next, conf: c, spans: spans}, nil
}

// ExportSpans implements sdk.SpanExporter. It returns nil: the library would write its error to standard error.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	err := e.next.ExportSpans(ctx, spans)
	outcome := sent
	if err != nil {
		outcome = refused
	}
	e.spans.WithLabelValues(e.conf.Worker, outcome).Add(float64(len(spans)))
	e.tell(ctx, err)
	return nil
}

const mostOfAnError = 300 // bytes: a collector's answer is part of it

func (e *exporter) tell(ctx context.Context, err error) {
	e.mu.Lock()
	changed := e.failing != (err != nil)
	e.failing = err != nil
	e.mu.Unlock()
	switch {
	case changed && err != nil:
		text := err.Error()
		e.conf.Logger.WarnContext(ctx, "traces are lost: the collector does not take them", "error", text[:min(len(text), mostOfAnError)])
	case changed:
		e.conf.Logger.InfoContext(ctx, "the collector takes traces again")
	}
}

func (e *exporter) stop(ctx context.Context) error { return e.next.Shutdown(ctx) }

// Shutdown implements sdk.SpanExporter: stop was before.
func (e *exporter) Shutdown(context.Context) error { return nil }

// OnStart and those below implement sdk.SpanProcessor, which sees every span that is made.
func (e *exporter) OnStart(context.Context, sdk.ReadWriteSpan) {}

func (e *exporter) OnEnd(sdk.ReadOnlySpan) { e.spans.WithLabelValues(e.conf.Worker, made).Inc() }

func (e *exporter) ForceFlush(context.Context) error { return nil }
