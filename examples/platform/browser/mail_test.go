package browser

import (
	"context"
	"regexp"
	"testing"
)

var digits = regexp.MustCompile(`\b[0-9]{6}\b`)

// A reader reads what is sent to one address, each message once.
type reader struct {
	*testing.T
	to   string
	read int // messages
}

func reads(t *testing.T, to string) *reader { return &reader{T: t, to: to} }

// code waits for the next message with a code and returns it.
func (r *reader) code(ctx context.Context) string { r.Helper(); return r.find(ctx, digits) }

// find waits for the next message that has such a text and returns that. Those before, such as notices, are read as well.
func (r *reader) find(ctx context.Context, text *regexp.Regexp) (found string) {
	r.Helper()
	var err error
	if found, r.read, err = house.Await(ctx, r.to, r.read, text); err != nil {
		r.Fatal(err)
	}
	return found
}
