package bus

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
)

// ErrForbidden is what a publish returns when the server refuses it: the credential's permissions lack the subject.
var ErrForbidden = errors.New("forbidden by the bus: the credential's permissions lack the subject")

// forbidden tells those who wait for a confirmation that the server refused a publish. The server names only the subject, so that everybody who waits
// on that subject is told: a credential may publish to it or may not.
type forbidden struct {
	log *slog.Logger
	mu  sync.Mutex // of tell
	now atomic.Pointer[refusals]
}

// Refusals begin with the next one that comes.
type refusals struct {
	come    chan struct{} // closed: subject and then are set
	subject string
	then    *refusals
}

func newForbidden(log *slog.Logger) *forbidden {
	f := &forbidden{log: log}
	f.now.Store(&refusals{come: make(chan struct{})})
	return f
}

// since must be called before the publish.
func (f *forbidden) since() *refusals { return f.now.Load() }

// of is the refusal of one of out, where that is what has come.
func (r *refusals) of(out []Outgoing) error {
	if !slices.ContainsFunc(out, func(o Outgoing) bool { return o.Subject == r.subject }) {
		return nil
	}
	return fmt.Errorf("publish to %s: %w", r.subject, ErrForbidden)
}

var publishTo = regexp.MustCompile(`Permissions Violation for Publish to ("(?:[^"\\]|\\.)*")`)

func (f *forbidden) tell(violation error) {
	found := publishTo.FindStringSubmatch(violation.Error())
	if found == nil {
		return
	}
	subject, err := strconv.Unquote(found[1])
	if err != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	next := &refusals{come: make(chan struct{})}
	last := f.now.Swap(next)
	last.subject, last.then = subject, next
	close(last.come)
}
