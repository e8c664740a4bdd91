package trace

import (
	"context"
	"log/slog"
)

type aboutKey struct{}

// About is ctx for the work on a message, which says in every line that is logged with it what its ids are.
func About(ctx context.Context, message slog.LogValuer) context.Context {
	return context.WithValue(ctx, aboutKey{}, message)
}

// Message is what ctx is about; nil where that is no message.
func Message(ctx context.Context) slog.LogValuer {
	m, _ := ctx.Value(aboutKey{}).(slog.LogValuer)
	return m
}

// Logs adds to each line the ids of the message that its context is about, and trace_id where that is sampled.
func Logs(next slog.Handler) slog.Handler { return logs{next} }

type logs struct{ slog.Handler }

// Handle implements slog.Handler.
func (l logs) Handle(ctx context.Context, r slog.Record) error {
	m, id := Message(ctx), ID(ctx)
	if m != nil || id != "" {
		r = r.Clone()
	}
	if m != nil {
		r.AddAttrs(slog.Any("", m)) // a group without a name: its members stand in the line
	}
	if id != "" {
		r.AddAttrs(slog.String("trace_id", id))
	}
	return l.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (l logs) WithAttrs(attrs []slog.Attr) slog.Handler { return logs{l.Handler.WithAttrs(attrs)} }

// WithGroup implements slog.Handler.
func (l logs) WithGroup(name string) slog.Handler { return logs{l.Handler.WithGroup(name)} }
