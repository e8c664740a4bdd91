package events_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"countersign/pkg/events"
)

func TestASecretIsNeverPrinted(t *testing.T) {
	const canary = "canary-8315"
	secret := events.NewSecret(canary)
	hidden := struct{ inner events.Secret }{secret}
	shown := struct{ Inner *events.Secret }{&secret}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{secret, &secret, hidden, shown, []events.Secret{secret}, map[string]any{"k": secret}} {
			fmt.Fprintf(&out, verb+"\n", value)
		}
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("a", "secret", secret, "pointer", &secret)
	}
	fmt.Fprintln(&out, secret, fmt.Errorf("wrap %v", secret))
	if strings.Contains(out.String(), canary) || strings.Contains(out.String(), fmt.Sprintf("%x", canary)) {
		t.Errorf("printed: %s", out.String())
	}
}

func TestASecretIsToldWhereItIsSent(t *testing.T) {
	secret := events.NewSecret("123 456")
	text, err := json.Marshal(secret)
	if err != nil || string(text) != `"123 456"` {
		t.Errorf("got %s, %v", text, err)
	}
	var back events.Secret
	if err := json.Unmarshal(text, &back); err != nil || !back.Equal(secret) || back.Reveal() != "123 456" {
		t.Errorf("got %q, %v", back.Reveal(), err)
	}
	if !events.NewSecret("").IsZero() || secret.IsZero() || secret.Equal(events.Secret{}) {
		t.Error("no text is zero, and nothing else")
	}
}
