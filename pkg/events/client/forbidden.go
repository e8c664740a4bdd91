package client

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"github.com/nats-io/nats.go"
)

// ErrForbidden says that the bus does not let this credential do what was asked: the error names what it lacks. Asking again is in
// vain until an operator changes that.
var ErrForbidden = errors.New("forbidden by the bus")

// refusals tells those who wait what the bus has forbidden: it says so aside, and what was asked would only be silent.
type refusals struct {
	mu      sync.Mutex
	waiting map[*waiter]struct{}
}

type waiter struct {
	subjects []string
	end      func(subject string)
}

// hear takes over the connection's errors, and passes them on to who heard them before.
func (r *refusals) hear(conn *nats.Conn) {
	before := conn.ErrorHandler()
	conn.SetErrorHandler(func(nc *nats.Conn, sub *nats.Subscription, err error) {
		r.tell(err)
		if before != nil {
			before(nc, sub, err)
		}
	})
}

var refusedSubject = regexp.MustCompile(`Permissions Violation for (?:Publish|Subscription) to ("(?:[^"\\]|\\.)*")`)

// tell names the subject alone, as the bus does: a credential may use it or may not, whoever asked.
func (r *refusals) tell(err error) {
	found := refusedSubject.FindStringSubmatch(err.Error())
	if !errors.Is(err, nats.ErrPermissionViolation) || found == nil {
		return
	}
	subject, err := strconv.Unquote(found[1])
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for w := range r.waiting {
		if slices.ContainsFunc(w.subjects, func(own string) bool { return own == subject || strings.HasPrefix(subject, own+".") }) {
			w.end(subject)
		}
	}
}

func (r *refusals) add(w *waiter) (remove func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting == nil {
		r.waiting = map[*waiter]struct{}{}
	}
	r.waiting[w] = struct{}{}
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.waiting, w)
	}
}

// heed ends the context when the bus forbids one of the subjects, or one below it; because says so.
func (c *Client) heed(ctx context.Context, subjects ...string) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	end := func(subject string) {
		cancel(fmt.Errorf("%w: %s: the credential lacks %s", ErrForbidden, subject, c.lacks(subject)))
	}
	remove := c.refusals.add(&waiter{append(subjects, InboxPrefix(c.conf.Platform)), end})
	return ctx, func() { remove(); cancel(nil) }
}

// because is err, or why the bus ended ctx.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, ErrForbidden) {
		return cause
	}
	return err
}

// lacks says which role may use a subject.
func (c *Client) lacks(subject string) string {
	if s, err := events.ParseSubject(subject); err == nil && s.Direction == events.In {
		if t, ok := c.registry.ByFact(events.In, s.Entity, s.Fact); ok {
			return "the role " + t.Role + " of platform " + c.conf.Platform
		}
	}
	for _, q := range catalog.RPCs() {
		if subject == events.RPCSubject(c.conf.Platform, q.Entity, q.Verb) {
			return "the role " + strings.Join(q.Roles, " or ") + " of platform " + c.conf.Platform
		}
	}
	return "every role of platform " + c.conf.Platform
}
