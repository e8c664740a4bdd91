package browser

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"testing"
)

var digits = regexp.MustCompile(`\b[0-9]{6}\b`)

type message struct{ ID, To, Text string }

// A reader reads what is sent to one address, each message once.
type reader struct {
	*testing.T
	to   string
	read map[string]bool
}

func reads(t *testing.T, to string) *reader { return &reader{t, to, map[string]bool{}} }

// code waits for the next message and returns the code in it.
func (r *reader) code(ctx context.Context) string {
	r.Helper()
	response := r.get(ctx, "/inbox/events") // says that something changed, at first and whenever it did
	defer func() { _ = response.Body.Close() }()
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if lines.Text() != "event: changed" {
			continue
		}
		if m, ok := r.next(ctx); ok {
			return digits.FindString(m.Text)
		}
	}
	r.Fatalf("nothing came for %s", r.to)
	return ""
}

func (r *reader) next(ctx context.Context) (message, bool) {
	r.Helper()
	response := r.get(ctx, "/inbox.json")
	defer func() { _ = response.Body.Close() }()
	var all []message
	if err := json.NewDecoder(response.Body).Decode(&all); err != nil {
		r.Fatal(err)
	}
	for _, m := range all {
		if m.To == r.to && !r.read[m.ID] {
			r.read[m.ID] = true
			return m, true
		}
	}
	return message{}, false
}

func (r *reader) get(ctx context.Context, path string) *http.Response {
	r.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, house.Page+path, nil)
	if err != nil {
		r.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		r.Fatal(err)
	}
	return response
}
