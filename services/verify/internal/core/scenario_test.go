package core

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/policy"
)

const user = "u-1"

var noon = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)

// A world is one user's history as it is made: what is enrolled, the bus's time, the state.
type world struct {
	t        testing.TB
	state    guard.State
	policy   policy.Policy
	evidence Evidence
	now      time.Time
	n        int // names sendings
	last     Decision
	refused  *events.Rejection
	shared   bool // the last decision needs no commit
}

func newWorld(t testing.TB) *world {
	return &world{t: t, policy: policy.Default("acme"), now: noon}
}

// An act changes the world or asks for a decision.
type act func(*world)

func (w *world) run(acts ...act) {
	for _, a := range acts {
		a(w)
	}
}

// ask decides, and folds what happened.
func (w *world) ask(in Input) {
	w.t.Helper()
	w.last, w.refused = Decide(w.state, in, &w.policy, w.now)
	if w.shared = w.shares(in); w.shared {
		return
	}
	for _, e := range w.committed() {
		next, err := guard.Evolve(w.state, e, w.now)
		if err != nil {
			w.t.Fatalf("evolve: %v", err)
		}
		w.state = next
	}
}

// shares asks as the shell does.
func (w *world) shares(in Input) bool {
	d := decider.Decision{Events: w.committed(), Timers: make([]decider.Timer, len(w.last.Timers))}
	return decider.Shares(decider.Request{Type: askedBy(in)}, w.state, d, w.now)
}

// askedBy is the row of what a platform sends for an input; none for what nobody sent.
func askedBy(in Input) events.Type {
	fact := map[string]string{
		"core.LoginStarted": guard.LoginStartedType, "core.AttemptSubmitted": guard.AttemptSubmittedType,
		"core.ResendRequested": guard.ResendRequestedType, "core.UnlockRequested": guard.UnlockRequestedType,
	}[fmt.Sprintf("%T", in)]
	t, _ := registry.Lookup(fact)
	return t
}

// committed is what the shell keeps of the last decision.
func (w *world) committed() []events.Event {
	if no := w.refused; no != nil {
		return []events.Event{&events.RequestRejected{User: user, Cause: "x", Type: "countersign.x.y.v1", Code: no.Code, Message: no.Message}}
	}
	return w.last.Events
}

func (w *world) name(of string) string {
	w.n++
	return fmt.Sprintf("%s%d", of, w.n)
}

func (w *world) read() *Evidence {
	e := w.evidence
	e.Active = slices.Clone(e.Active)
	return &e
}

// Acts.

func enrolled(f events.Factor) act { return activated(f, "e-"+string(f), 0) }

func activated(f events.Factor, id string, step uint64) act {
	return func(w *world) {
		removed(f)(w)
		w.evidence.EverActivated = true
		w.evidence.Active = append(w.evidence.Active, Enrolled{
			EnrollmentID: id, Factor: f, DestinationHint: hint(f), Keyring: "k", Number: 1,
			ActivatedAt: noon.Add(time.Duration(len(w.evidence.Active)-24) * time.Hour), ActivatedStep: step,
			Period: 30 * time.Second,
		})
	}
}

func hint(f events.Factor) string {
	if f == events.TOTP {
		return ""
	}
	return "masked " + string(f)
}

func removed(f events.Factor) act {
	return func(w *world) {
		w.evidence.Active = slices.DeleteFunc(slices.Clone(w.evidence.Active), func(e Enrolled) bool { return e.Factor == f })
	}
}

func evidence(change func(*Evidence)) act   { return func(w *world) { change(&w.evidence) } }
func under(change func(*policy.Policy)) act { return func(w *world) { change(&w.policy) } }
func after(d time.Duration) act             { return func(w *world) { w.now = w.now.Add(d) } }

func login(id string) act { return wish(id, "") }

func wish(id string, f events.Factor) act {
	return func(w *world) {
		w.ask(LoginStarted{User: user, LoginID: id, Factor: f, Evidence: w.read(), ChallengeID: "c-" + id, NotificationID: w.name("n")})
	}
}

func stepUp(id string) act {
	return func(w *world) {
		w.ask(LoginStarted{
			User: user, LoginID: id, Purpose: guard.ForStepUp, Evidence: w.read(), ChallengeID: "c-" + id, NotificationID: w.name("n"),
		})
	}
}

// attempt gives a code for the challenge of a login; what it equals is said by match.
func attempt(login string, f events.Factor, match func(Comparison) Match) act {
	return func(w *world) {
		in := AttemptSubmitted{User: user, ChallengeID: "c-" + login, Factor: f, Evidence: w.read(), NoticeID: w.name("m")}
		if what, ok := ToCompare(w.state, in, &w.policy, w.now); ok {
			in.Match = match(what)
			in.Match.EnrollmentID = what.Enrolled.EnrollmentID
		}
		w.ask(in)
	}
}

func wrong(login string) act {
	return attempt(login, "", func(Comparison) Match { return Match{} })
}

func wrongs(login string, n int) act {
	return func(w *world) {
		for range n {
			wrong(login)(w)
		}
	}
}

func code(login string, steps ...uint64) act {
	return attempt(login, "", func(Comparison) Match { return Match{Steps: steps} })
}

func appCode(login string, steps ...uint64) act {
	return attempt(login, events.TOTP, func(Comparison) Match { return Match{Steps: steps} })
}

// newest gives the code of the newest sending, number that of an older one.
func newest(login string) act {
	return attempt(login, "", func(c Comparison) Match { return Match{Sending: c.Challenge.Sending} })
}

func number(login string, n uint64) act {
	return attempt(login, "", func(Comparison) Match { return Match{Sending: n} })
}

func resend(login string) act { return switched(login, "") }

func switched(login string, f events.Factor) act {
	return func(w *world) {
		w.ask(ResendRequested{User: user, ChallengeID: "c-" + login, Factor: f, Evidence: w.read(), NotificationID: w.name("n")})
	}
}

func unlock(f events.Factor) act {
	return func(w *world) { w.ask(UnlockRequested{User: user, By: "staff-1", Factor: f}) }
}

func due(login string) act {
	return func(w *world) { w.ask(ChallengeExpiryDue{User: user, ChallengeID: "c-" + login}) }
}

func times(n int, f func(i int) act) act {
	return func(w *world) {
		for i := range n {
			f(i)(w)
		}
	}
}

// A scenario says what a history makes of one more act. Its name is the rule.
type scenario struct {
	name  string
	given []act
	when  act
	then  []string
}

func play(t *testing.T, list []scenario) {
	for _, sc := range list {
		t.Run(sc.name, func(t *testing.T) {
			w := newWorld(t)
			w.run(sc.given...)
			w.last, w.refused, w.shared = Decision{}, nil, false
			sc.when(w)
			if got := w.told(); !slices.Equal(got, sc.then) {
				t.Errorf("happened:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(sc.then, "\n  "))
			}
		})
	}
}

// told puts what happened in short words, times as distances from now.
func (w *world) told() []string {
	if r := w.refused; r != nil {
		shared := ""
		if w.shared {
			shared = " shared"
		}
		return []string{"rejected " + string(r.Code) + field(r.Field) + w.at("retry", r.RetryAt) + shared}
	}
	var list []string
	for _, e := range w.last.Events {
		list = append(list, w.words(e))
	}
	for _, timer := range w.last.Timers {
		list = append(list, "timer "+w.words(timer.Event)+w.at("at", timer.At))
	}
	if w.shared {
		list = append(list, "shared")
	}
	return list
}

func field(name string) string {
	if name == "" {
		return ""
	}
	return " " + name
}

func (w *world) at(word string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return fmt.Sprintf(" %s %+d s", word, int(t.Sub(w.now).Seconds()))
}

func (w *world) words(e events.Event) string {
	switch e := e.(type) {
	case *guard.ChallengeIssued:
		return fmt.Sprintf("issued %s %s, %d left", e.ChallengeID, e.Factor, e.AttemptsLeft) + sends(e) +
			w.at("resend", e.ResendAt) + w.at("retry", e.RetryAt)
	case *guard.ChallengeWaived:
		return "waived " + e.LoginID + w.at("until", e.ExpiresAt)
	case *guard.ChallengeClosed:
		return "closed " + e.ChallengeID + " " + string(e.Reason)
	case *guard.EnrollmentRequired:
		return fmt.Sprintf("enroll %s%s, may continue: %t%s", e.LoginID, field(e.EnrollmentID), e.MayContinue, w.at("until", e.ContinueUntil))
	case *guard.AttemptAccepted:
		return fmt.Sprintf("accepted %s %s %s", e.LoginID, e.Purpose, e.Factor) + w.at("until", e.ExpiresAt) + codesLeft(e.RecoveryCodesLeft)
	case *guard.AttemptRejected:
		return fmt.Sprintf("refused %s, %d left", e.Reason, e.AttemptsLeft) + w.at("retry", e.RetryAt)
	case *guard.FactorLocked:
		if e.Suspended {
			return "suspended"
		}
		return "locked" + w.at("until", e.Until)
	case *guard.FactorUnlocked:
		return "unlocked" + field(string(e.Factor)) + field(string(e.Reason))
	case *guard.CodeReuseDetected:
		return "reuse of " + e.FirstLoginID + " in " + e.LoginID
	case *guard.ChallengeExpiryDue:
		return "expiry of " + e.ChallengeID
	case *guard.RecoveryCodeJudged:
		return fmt.Sprintf("judged %s, %d codes left", e.Verdict, e.CodesLeft)
	case *notification.Requested:
		if e.Template != notification.LoginCode {
			return fmt.Sprintf("notice %s of %s by %s", e.Template, e.About, e.Channel) + w.at("until", e.ExpiresAt)
		}
		return fmt.Sprintf("notify %s by %s", e.About, e.Channel) + w.at("until", e.ExpiresAt)
	}
	return e.EventType()
}

func sends(e *guard.ChallengeIssued) string {
	if !e.Sending {
		return ""
	}
	return fmt.Sprintf(", sends %d", e.Record.Sending)
}

func codesLeft(n *int) string {
	if n == nil {
		return ""
	}
	return fmt.Sprintf(", %d codes left", *n)
}

func says(lines ...string) []string { return lines }
