package eventstore_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"countersign/pkg/events"
	"countersign/pkg/worker/eventstore"
)

func TestStreamsAreReadAsTheyAreWritten(t *testing.T) {
	for _, text := range []string{"acme/guard/k3f", "acme/notification/k3f/n1", "acme/guard/-"} {
		s, err := eventstore.ParseStream(text)
		if err != nil || s.String() != text {
			t.Errorf("%q is read as %+v, %v", text, s, err)
		}
	}
	for _, text := range []string{
		"", "acme", "acme/guard", "acme/guard/", "/guard/k3f", "acme//k3f", "acme/guard/k3f/", "acme/guard/k3f/n1/x",
		"acme/guard/k#f", "acme/guard/k3f\n", "acme/guard/\xff", "acme/guard/" + strings.Repeat("k", eventstore.MaxStream),
	} {
		if s, err := eventstore.ParseStream(text); err == nil {
			t.Errorf("%q is read as %+v", text, s)
		}
	}
}

func TestKeysOfCausesAreReadAsTheyAreWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := eventstore.Cause{
			Origin: events.Direction(rapid.String().Draw(t, "origin")), Platform: rapid.String().Draw(t, "platform"),
			Source: rapid.String().Draw(t, "source"), ID: rapid.String().Draw(t, "id"),
		}
		got, err := eventstore.ParseCause(c.Key())
		if err != nil || got != c {
			t.Fatalf("%+v has key %q, which is read as %+v, %v", c, c.Key(), got, err)
		}
	})
	for _, key := range []string{"", "in/acme/web", "in/acme/web/1/2", "in/acme/%zz/1"} {
		if c, err := eventstore.ParseCause(key); err == nil {
			t.Errorf("%q is read as %+v", key, c)
		}
	}
}
