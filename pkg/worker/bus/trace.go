package bus

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"countersign/pkg/events"
	"countersign/pkg/worker/trace"
)

var errUnhandled = errors.New("message goes back or is a dead letter")

// trace follows a message from its arrival in the process to what the bus is told of it.
func (r *Router) trace(next message.HandlerFunc) message.HandlerFunc {
	if r.conf.Tracer == nil {
		return next
	}
	return func(m *message.Message) ([]*message.Message, error) {
		outer := m.Context()
		h := heldOf(outer)
		ctx, received := r.conf.Tracer.Begin(outer, trace.Receive, h.sub.topic, trace.From{Parent: h.parent(), Since: h.arrived})
		h.describe(received)
		ctx, handled := trace.Begin(ctx, trace.Handle, "")
		m.SetContext(ctx)
		defer m.SetContext(outer)
		out, err := next(m)
		handled.End(err)
		became := outcome(m, h)
		received.Say(trace.OutcomeWord, became)
		received.End(failure(became))
		return out, err
	}
}

func failure(outcome string) error {
	if outcome == outcomeDone {
		return nil
	}
	return errUnhandled
}

func (h *held) describe(s trace.Span) {
	if !s.On() {
		return
	}
	s.Say(trace.Platform, platformOf(h.d.Subject))
	s.Say(trace.EventType, h.sub.topic)
	s.Count(trace.Deliveries, int(h.d.Deliveries))
	s.Count(trace.WaitedMS, int(h.arrived.Sub(h.d.Stored).Milliseconds()))
	env := h.envelope()
	s.Say(trace.EventID, public(env.ID))
	s.Say(trace.CauseID, public(env.CausationID))
}

// parent is the traceparent of what was received; in structured mode it stands in the body.
func (h *held) parent() string {
	for name := range h.d.Header {
		if strings.EqualFold(name, "ce-id") {
			return trace.In(h.d.Header)
		}
	}
	return h.envelope().TraceParent
}

// envelope is what could be read.
func (h *held) envelope() events.Envelope {
	env, _ := events.Decode(events.Header(h.d.Header), h.d.Body)
	return env
}

// LogValue says in a line which message it is about: its ids alone.
func (h *held) LogValue() slog.Value {
	env := h.envelope()
	correlation := cmp.Or(env.CorrelationID, events.ReadAbout(env.Data).Correlation())
	var ids []slog.Attr
	for _, id := range []slog.Attr{slog.String("event_id", env.ID), slog.String("cause_id", env.CausationID), slog.String("correlation_id", correlation)} {
		if public(id.Value.String()) != "" {
			ids = append(ids, id)
		}
	}
	return slog.GroupValue(ids...)
}

// public leaves out what a platform took from a person's address for an id, and what is too long to be one.
func public(id string) string {
	if len(id) > events.MaxID || events.LooksPersonal(id) {
		return ""
	}
	return id
}

// answered ends the span of a question. A refusal is an answer.
func answered(s trace.Span, req micro.Request, outcome string) {
	s.Say(trace.Platform, platformOf(req.Subject()))
	s.Say(trace.OutcomeWord, outcome)
	if outcome == Unavailable {
		s.End(errors.New(outcome))
		return
	}
	s.End(nil)
}

// request asks with the traceparent of what the question is asked for.
func (c *Conn) request(ctx context.Context, platform, name string, m *nats.Msg) (answer *nats.Msg, err error) {
	ctx, span := trace.Begin(ctx, trace.Ask, name)
	defer func() { span.End(err) }()
	span.Say(trace.Platform, platform)
	if parent := trace.Parent(ctx); parent != "" {
		m.Header = nats.Header{trace.Header: {parent}}
	}
	return c.RequestMsgWithContext(ctx, m)
}
