package runtime

import (
	"encoding"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"slices"
	"strings"

	"countersign/pkg/events"
	"countersign/pkg/worker/trace"
)

// NewLogger writes one JSON object a line. A line with the context of a message names it: event_id, cause_id, correlation_id. Secrets are of a type that hides itself; what this logger adds is a net for slips:
// values whose key says that they are secret, and values whose content it cannot know, are not written.
func NewLogger(w io.Writer, level slog.Leveler) *slog.Logger {
	return slog.New(trace.Logs(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: redact})))
}

// hidden are the words that no key may end in: "access_token" is hidden, "token_id" is not.
var hidden = []string{"code", "codes", "secret", "seed", "password", "passphrase", "token", "authorization", "cookie", "address", "phone", "email"}

func redact(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && slices.Contains([]string{slog.TimeKey, slog.LevelKey, slog.MessageKey}, a.Key) {
		return a
	}
	if secretKey(a.Key) || slices.ContainsFunc(groups, secretKey) {
		return slog.String(a.Key, events.Redacted)
	}
	if a.Value.Kind() == slog.KindAny {
		a.Value = printable(a.Value.Any())
	}
	return a
}

func secretKey(key string) bool {
	words := strings.FieldsFunc(strings.ToLower(key), func(r rune) bool { return strings.ContainsRune("_-. ", r) })
	return len(words) > 0 && slices.Contains(hidden, words[len(words)-1])
}

// printable lets through what says itself how it is printed, and lists of plain values. A struct would be written as JSON,
// which secrets in it do not survive: its type is written instead.
func printable(v any) slog.Value {
	switch v := v.(type) {
	case nil:
		return slog.AnyValue(nil)
	case error, fmt.Stringer:
		return slog.StringValue(fmt.Sprint(v)) // survives a nil pointer
	case encoding.TextMarshaler:
		return slog.AnyValue(v)
	}
	if t := reflect.TypeOf(v); plain(t) || t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8 && plain(t.Elem()) {
		return slog.AnyValue(v)
	}
	return slog.StringValue(fmt.Sprintf("[%T is not logged]", v))
}

func plain(t reflect.Type) bool {
	return t.Kind() >= reflect.Bool && t.Kind() <= reflect.Float64 || t.Kind() == reflect.String
}
