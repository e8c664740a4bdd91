package bus

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"sync"
)

// ErrForbidden is what a publish returns when the server refuses it: the credential's permissions lack the subject.
var ErrForbidden = errors.New("forbidden by the bus: the credential's permissions lack the subject")

// forbidden tells those who wait for a confirmation that the server refused the publish. The server names only the subject,
// so that everybody who waits on that subject is told: a credential may publish to it or may not.
type forbidden struct {
	log      *slog.Logger
	mu       sync.Mutex
	watchers map[*watcher]struct{}
}

type watcher struct {
	out     []Outgoing
	refused chan error // at most one
}

func (w *watcher) waitsFor(subject string) bool {
	return slices.ContainsFunc(w.out, func(o Outgoing) bool { return o.Subject == subject })
}

var publishTo = regexp.MustCompile(`Permissions Violation for Publish to ("(?:[^"\\]|\\.)*")`)

// watch must be called before the publish; stop ends it.
func (f *forbidden) watch(out []Outgoing) (refused <-chan error, stop func()) {
	w := &watcher{out: out, refused: make(chan error, 1)}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.watchers[w] = struct{}{}
	return w.refused, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.watchers, w)
	}
}

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
	for w := range f.watchers {
		if w.waitsFor(subject) {
			select {
			case w.refused <- fmt.Errorf("publish to %s: %w", subject, ErrForbidden):
			default:
			}
		}
	}
}
