package decide_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/policy"
	"countersign/services/recovery/internal/decide"
)

const (
	user   = "u-1842"
	minute = time.Minute
	second = time.Second
	hour   = time.Hour
	day    = 24 * time.Hour
)

var (
	noon    = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	userkey = events.UserKey("acme", user)
)

// A world is a user's stream, the bus's time, and the browsers of those who want to recover the user.
type world struct {
	t        testing.TB
	state    recovery.State
	before   recovery.State // of the last question
	now      time.Time
	policy   policy.Policy
	evidence decide.Evidence
	browsers map[string]decide.Browser
	cases    []string // in the order in which they were opened
	n        int      // causes
	made     decide.Decision
	no       *events.Rejection
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, now: noon, policy: policy.Default("acme"), browsers: map[string]decide.Browser{}}
	w.policy.Recovery.URL = "https://recovery.acme.example"
	w.evidence = decide.Evidence{
		HasFactor: true, Email: &decide.Contact{Hint: "n•••@example.com", Since: noon.Add(-300 * day)}, Phone: &decide.Contact{Since: noon.Add(-300 * day)},
	}
	return w
}

// decide asks and, as a store would, keeps what happened.
func (w *world) decide(in decide.Input) {
	w.t.Helper()
	w.before = w.state
	w.made, w.no = decide.Decide(w.state, in, w.policy, w.now)
	for _, e := range w.made.Events {
		next, err := recovery.Evolve(w.state, e, w.now)
		if err != nil {
			w.t.Fatalf("fold: %v", err)
		}
		w.state = next
		if w.state.Open != nil && !slices.Contains(w.cases, w.state.Open.ID) {
			w.cases = append(w.cases, w.state.Open.ID)
		}
	}
}

// by is a request with a cause of its own.
func (w *world) by() decide.Request {
	w.n++
	return decide.Request{User: user, UserKey: userkey, Cause: "c" + strconv.Itoa(w.n)}
}

func (w *world) read() *decide.Evidence {
	e := w.evidence
	return &e
}

// newest names the case that was opened last.
func (w *world) newest() string {
	if len(w.cases) == 0 {
		return "none"
	}
	return w.cases[len(w.cases)-1]
}

func (w *world) lookup(name string) string {
	if i := int(name[0] - 'A'); i < len(w.cases) {
		return w.cases[i]
	}
	return "none"
}

func (w *world) claim(browser, id string, sending uint64) {
	w.t.Helper()
	held := w.browsers[browser]
	if held.RecoveryID != id {
		held.Claim = 0
	}
	w.decide(decide.LinkClaimed{Request: w.by(), Evidence: w.read(), RecoveryID: id, Sending: sending, Held: held.Claim})
	if len(w.made.Events) > 0 {
		w.browsers[browser] = decide.Browser{RecoveryID: id, Claim: w.claimOf(id)}
	}
}

func (w *world) named(name string) string {
	if name == "" {
		return w.newest()
	}
	return w.lookup(name)
}

func (w *world) claimOf(id string) uint64 {
	r, _ := w.state.Recovery(id)
	return r.Claim
}
