// Package trace says what happened because of what: in spans of OpenTelemetry that hang together from a platform's publish to the provider of a
// mail, and in log lines that name the message which they are about.
//
//   - Spans are off unless there is a Tracer, and cost nothing then: Begin allocates nothing where nothing is traced.
//   - A span's name is a Step and a name out of the contract's tables, what it tells is of a Key. No error's text, address, code, token, link or
//     user goes into one.
//   - What is traced goes on over the bus: Parent is the traceparent for what is published because of the work at hand.
package trace

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	otel "go.opentelemetry.io/otel/trace"
)

const scope = "countersign"

// A Tracer begins what is traced of a worker. nil is one that is switched off.
type Tracer struct {
	worker string
	tracer otel.Tracer
}

// New makes a Tracer of a worker, whose spans go to p and which p samples.
func New(p otel.TracerProvider, worker string) *Tracer {
	return &Tracer{worker: worker, tracer: p.Tracer(scope)}
}

// From says where work comes from.
type From struct {
	Parent string    // traceparent that came with it; empty: it begins here
	Since  time.Time // when it arrived; zero: now
}

// Begin begins work on something that came from outside; of is a name out of the contract or a pattern of paths, never what somebody sent.
func (t *Tracer) Begin(ctx context.Context, s Step, of string, f From) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	options := []otel.SpanStartOption{otel.WithSpanKind(s.kind()), otel.WithAttributes(attribute.String(string(Worker), t.worker))}
	if !f.Since.IsZero() {
		options = append(options, otel.WithTimestamp(f.Since))
	}
	ctx, span := t.tracer.Start(under(ctx, f.Parent), s.name(of), options...)
	return ctx, recording(span)
}

// Begin begins a part of the work that ctx is about. Where that is not traced it does nothing.
func Begin(ctx context.Context, s Step, of string) (context.Context, Span) {
	work := otel.SpanFromContext(ctx)
	if !work.IsRecording() {
		return ctx, Span{}
	}
	ctx, span := work.TracerProvider().Tracer(scope).Start(ctx, s.name(of), otel.WithSpanKind(s.kind()))
	return ctx, recording(span)
}

// Here is the span that ctx is about, for telling more of it. Whoever began it ends it.
func Here(ctx context.Context) Span { return recording(otel.SpanFromContext(ctx)) }

// A Span is one part of work, from Begin to End. The zero Span is of what is not traced.
type Span struct{ span otel.Span }

func recording(s otel.Span) Span {
	if !s.IsRecording() {
		return Span{}
	}
	return Span{s}
}

// On reports whether it is traced: for what would cost something to find out.
func (s Span) On() bool { return s.span != nil }

// Say tells something of the work. An empty text is not told.
func (s Span) Say(k Key, text string) {
	if s.span != nil && text != "" {
		s.span.SetAttributes(attribute.String(string(k), text))
	}
}

// Count tells a number.
func (s Span) Count(k Key, n int) {
	if s.span != nil {
		s.span.SetAttributes(attribute.Int(string(k), n))
	}
}

// Of says what the work turned out to be of, where it was not known at its beginning.
func (s Span) Of(step Step, of string) {
	if s.span != nil {
		s.span.SetName(step.name(of))
	}
}

// End ends it. What err says is not told: that there was one is.
func (s Span) End(err error) {
	if s.span == nil {
		return
	}
	if err != nil {
		s.span.SetStatus(codes.Error, "")
	}
	s.span.End()
}
