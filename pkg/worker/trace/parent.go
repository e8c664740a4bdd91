package trace

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/propagation"
	otel "go.opentelemetry.io/otel/trace"
)

// Header carries a traceparent, on the bus as on the web.
const Header = "traceparent"

// carrier is a traceparent alone, without regard to the case of its name: the contract knows nothing else of a trace.
type carrier struct{ parent string }

func (c *carrier) Get(name string) string {
	if strings.EqualFold(name, Header) {
		return c.parent
	}
	return ""
}

func (c *carrier) Set(name, value string) {
	if strings.EqualFold(name, Header) {
		c.parent = value
	}
}

func (c *carrier) Keys() []string { return []string{Header} }

// under is ctx below a traceparent; one that is not well formed begins nothing.
func under(ctx context.Context, parent string) context.Context {
	if parent == "" {
		return ctx
	}
	return propagation.TraceContext{}.Extract(ctx, &carrier{parent})
}

// Parent is the traceparent for whatever comes of the work that ctx is about; empty where there is no Tracer. What is not sampled says so to
// whoever comes next.
func Parent(ctx context.Context) string {
	if !otel.SpanContextFromContext(ctx).IsValid() {
		return ""
	}
	var c carrier
	propagation.TraceContext{}.Inject(ctx, &c)
	return c.parent
}

// Apart is ctx for work that has another cause.
func Apart(ctx context.Context) context.Context {
	if !otel.SpanContextFromContext(ctx).IsValid() {
		return ctx
	}
	return otel.ContextWithSpanContext(ctx, otel.SpanContext{})
}

// In is the traceparent among headers, whatever its case; empty where it stands there more than once.
func In(headers map[string][]string) string {
	found := ""
	for name, values := range headers {
		if !strings.EqualFold(name, Header) {
			continue
		}
		if found != "" || len(values) != 1 {
			return ""
		}
		found = values[0]
	}
	return found
}

// ID is the id of the trace that ctx is part of; empty where it is not sampled.
func ID(ctx context.Context) string {
	if s := otel.SpanContextFromContext(ctx); s.IsSampled() {
		return s.TraceID().String()
	}
	return ""
}
