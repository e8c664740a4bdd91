package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"countersign/e2e/process"
)

// A letter is a mail or a text in the inbox.
type letter struct{ ID, Channel, To, Subject, Text, HTML, At string }

var codeInText = regexp.MustCompile(`\b[0-9]{6,8}\b`)

// codeFor waits for the first code that is sent to an address after its first letters.
func codeFor(ctx context.Context, t *testing.T, on *process.Process, to string, former int) string {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, on.Page+"/inbox/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = changes.Body.Close() }()
	for lines := bufio.NewScanner(changes.Body); lines.Scan(); {
		if !strings.HasPrefix(lines.Text(), "event: changed") {
			continue
		}
		for _, l := range inbox(ctx, t, on, to)[former:] {
			if code := codeInText.FindString(l.Text); code != "" {
				return code
			}
		}
	}
	t.Fatalf("no code came to %s in time", to)
	return ""
}

// inbox is what came to an address, oldest first.
func inbox(ctx context.Context, t *testing.T, on *process.Process, to string) []letter {
	t.Helper()
	_, text, err := on.Get(ctx, "/inbox.json")
	if err != nil {
		t.Fatal(err)
	}
	var all, found []letter
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatalf("inbox.json: %v\n%s", err, text)
	}
	for _, l := range all {
		if l.To == to {
			found = append(found, l)
		}
	}
	return found
}
