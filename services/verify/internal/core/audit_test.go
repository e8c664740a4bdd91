package core

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
)

// An auditor keeps its own books of what was said, apart from State, and compares.
type auditor struct {
	*world
	logins  []string
	steps   map[string]bool                   // accepted time steps and sendings
	judged  map[string]int                    // by challenge
	issued  map[string]*guard.ChallengeIssued // what was last said of each challenge
	locked  map[events.Factor]locked          // by what factor.locked and factor.unlocked said
	guessed []time.Time                       // wrong codes since the last unlock
	owner   map[string]string                 // challenge of a login
	told    map[string]bool                   // first logins of the codes whose reuse the user was told of
	spent   map[string]int                    // recovery codes used of each set
	history []entry
	asked   []question
	text    string    // the state as JSON
	quietAt time.Time // of the last commit that changed nothing
}

// An entry is one event as a stream keeps it, and the state after it.
type entry struct {
	at           time.Time
	name         string
	data, record []byte
	state        string
}

type locked struct {
	until     time.Time
	suspended bool
}

func newAuditor(t testing.TB) *auditor {
	return &auditor{
		world: reachableWorld(t), steps: map[string]bool{}, judged: map[string]int{}, issued: map[string]*guard.ChallengeIssued{},
		locked: map[events.Factor]locked{}, owner: map[string]string{}, text: "{}",
		told: map[string]bool{}, spent: map[string]int{},
	}
}

func reachableWorld(t testing.TB) *world {
	w := newWorld(t)
	w.run(reachable(notification.Email))
	return w
}

// check asks, and compares the answer with the books.
func (w *auditor) check(in Input) {
	before, wasWrong := w.text, len(w.state.Wrong)
	old := w.state
	w.asks(in)
	if now := mustJSON(w.t, old); now != before {
		w.t.Fatalf("the state came back changed from JSON, or evolve changed what it was given:\n%s\n%s", before, now)
	}
	w.keep(old)
	w.still(in, old)
	w.oneAnswer(in)
	w.wellFormed()
	w.tellsOnce()
	for _, e := range w.last.Events {
		w.audit(in, old, e)
		if _, ok := e.(*guard.AttemptAccepted); ok && len(w.state.Wrong) < wasWrong && w.nothingAged(old) {
			w.t.Fatal("a success lowered the count of wrong codes")
		}
	}
	w.bounded()
	w.roundTrip()
}

// keep writes down what was committed, event by event.
func (w *auditor) keep(s guard.State) {
	if w.shared {
		return
	}
	for _, e := range w.committed() {
		next, err := guard.Evolve(s, e, w.now)
		if err != nil {
			w.t.Fatal(err)
		}
		s = next
		data, record, err := events.Marshal(e)
		if err != nil {
			w.t.Fatal(err)
		}
		w.text = mustJSON(w.t, s)
		w.history = append(w.history, entry{at: w.now, name: e.EventType(), data: data, record: record, state: w.text})
	}
}

var registry = catalog.New()

func (w *auditor) nothingAged(old guard.State) bool {
	return len(old.Wrong) == 0 || w.now.Sub(old.Wrong[0]) < guard.WrongAge
}

func (w *auditor) audit(in Input, old guard.State, e events.Event) {
	switch e := e.(type) {
	case *guard.ChallengeIssued:
		w.auditIssued(old, e)
	case *guard.ChallengeWaived:
		if ev := in.(LoginStarted).Evidence; len(ev.Active) > 0 || ev.Required || w.policy.Required {
			w.t.Fatal("a login was waived though a factor is active or required")
		}
	case *guard.AttemptAccepted:
		w.auditAccepted(e)
	case *guard.AttemptRejected:
		w.auditRejected(e)
	case *guard.RecoveryCodeJudged:
		if e.Verdict == guard.VerdictRight {
			w.once(e.Record.SetID, e.Record.Number, e.CodesLeft)
		}
	case *guard.FactorLocked:
		for _, f := range guard.ShortCodes() {
			l := w.locked[f]
			w.locked[f] = locked{until: e.Until, suspended: l.suspended || e.Suspended}
		}
	case *guard.FactorUnlocked:
		w.guessed = nil
		for _, f := range guard.ShortCodes() {
			if e.Factor == "" || e.Factor == f {
				delete(w.locked, f)
			}
		}
	}
}

func (w *auditor) auditIssued(old guard.State, e *guard.ChallengeIssued) {
	if _, known := old.Login(e.LoginID); known && w.owner[e.LoginID] != e.ChallengeID {
		w.t.Fatalf("login %s has two challenges", e.LoginID)
	}
	w.owner[e.LoginID] = e.ChallengeID
	n := slices.IndexFunc(w.last.Events, func(e events.Event) bool { _, ok := e.(*notification.Requested); return ok })
	if e.Sending != (n > 0) {
		w.t.Fatalf("sending is %t, and the message stands at %d", e.Sending, n)
	}
	if was := w.issued[e.ChallengeID]; was != nil && e.Sending && e.Record.Sending <= was.Record.Sending {
		w.t.Fatalf("sending %d of %s was made before", e.Record.Sending, e.ChallengeID)
	}
	w.issued[e.ChallengeID] = e
}

func (w *auditor) auditAccepted(e *guard.AttemptAccepted) {
	c, key := w.issued[e.ChallengeID], fmt.Sprintf("%s step %d", e.Record.EnrollmentID, e.Record.Step)
	if e.Factor == events.RecoveryCode {
		key = fmt.Sprintf("recovery code %d of %s in a login", e.Record.Number, e.Record.SetID)
		w.once(e.Record.SetID, e.Record.Number, *e.RecoveryCodesLeft)
	}
	if guard.Sent(e.Factor) {
		key = fmt.Sprintf("%s sending %d", e.ChallengeID, e.Record.Sending)
		if e.Record.Sending != c.Record.Sending || !w.now.Before(c.CodeExpiresAt) {
			w.t.Fatal("a code was accepted that is dead")
		}
	}
	if w.steps[key] {
		w.t.Fatalf("%s was accepted twice", key)
	}
	w.steps[key] = true
	if !w.now.Before(c.ExpiresAt) {
		w.t.Fatal("a code was accepted after the challenge's life")
	}
	if l := w.locked[e.Factor]; l.suspended || w.now.Before(l.until) {
		w.t.Fatal("a code was accepted during a wait")
	}
	w.auditEnrollment(c, e)
	w.wasJudged(e.ChallengeID)
}

// once counts a recovery code as used, by whomever.
func (w *auditor) once(set string, number, left int) {
	key := fmt.Sprintf("recovery code %d of %s", number, set)
	switch codes := w.evidence.Codes; {
	case codes == nil || codes.SetID != set || number < 1 || number > codes.Count:
		w.t.Fatalf("%s was accepted: it is none of the set that counts", key)
	case w.steps[key]:
		w.t.Fatalf("%s was accepted twice", key)
	}
	w.steps[key] = true
	w.spent[set]++
	if left != w.evidence.Codes.Count-w.spent[set] {
		w.t.Fatalf("%d codes are said to be left, %d are used", left, w.spent[set])
	}
}

// tellsOnce looks for notices of reuse: one for each code, however often it is tried.
func (w *auditor) tellsOnce() {
	for i, e := range w.last.Events {
		n, ok := e.(*notification.Requested)
		if !ok || n.Template != notification.CodeReused || n.Channel != notification.Email {
			continue
		}
		first := w.last.Events[i-1].(*guard.CodeReuseDetected).FirstLoginID
		if w.told[first] {
			w.t.Fatalf("the user was told twice of the code of %s", first)
		}
		w.told[first] = true
	}
}

func (w *auditor) auditEnrollment(c *guard.ChallengeIssued, e *guard.AttemptAccepted) {
	if e.Factor == events.RecoveryCode {
		if !w.read().active(guard.Challenge{Factor: c.Factor, EnrollmentID: c.Record.EnrollmentID}) {
			w.t.Fatal("a recovery code opened the challenge of an enrollment that is not active")
		}
		return
	}
	i := slices.IndexFunc(w.evidence.Active, func(a Enrolled) bool { return a.EnrollmentID == e.Record.EnrollmentID })
	switch {
	case i < 0:
		w.t.Fatal("a code of an enrollment was accepted that is not active")
	case e.Factor == c.Factor && e.Record.EnrollmentID != c.Record.EnrollmentID:
		w.t.Fatal("a code of another enrollment was accepted than the challenge asked for")
	case e.Factor == events.TOTP && e.Record.Step <= w.evidence.Active[i].ActivatedStep:
		w.t.Fatal("the step that activated was accepted")
	}
}

func (w *auditor) auditRejected(e *guard.AttemptRejected) {
	if e.Record.Judged {
		w.wasJudged(e.ChallengeID)
	}
	if !e.Record.Counted {
		return
	}
	w.guessed = append(slices.DeleteFunc(w.guessed, func(t time.Time) bool { return w.now.Sub(t) >= 24*time.Hour }), w.now)
	if len(w.guessed) > 23 {
		w.t.Fatalf("%d guesses within a day", len(w.guessed))
	}
}

func (w *auditor) wasJudged(challenge string) {
	if w.judged[challenge]++; w.judged[challenge] > w.policy.Challenge.Attempts {
		w.t.Fatalf("challenge %s judged %d codes", challenge, w.judged[challenge])
	}
}

func (w *auditor) oneAnswer(in Input) {
	if gone, heard := in.(FactorsRemoved); heard {
		for _, c := range w.state.Challenges {
			if w.refused != nil || !gone.Evidence.active(c) {
				w.t.Fatalf("challenge %s outlived its enrollment", c.ID)
			}
		}
		return
	}
	if _, question := in.(RecoveryCodeAsked); question {
		if _, ok := w.last.Events[0].(*guard.RecoveryCodeJudged); !ok {
			w.t.Fatalf("a recovery was answered by %s", w.last.Events[0].EventType())
		}
		return
	}
	if _, timer := in.(ChallengeExpiryDue); timer {
		if len(w.last.Events) > 1 || w.refused != nil {
			w.t.Fatal("a timer is owed no answer")
		}
		return
	}
	if w.refused != nil {
		if len(w.last.Events) > 0 || !slices.Contains(events.Codes(), w.refused.Code) || w.refused.Message == "" {
			w.t.Fatalf("rejection %v beside %d events", w.refused, len(w.last.Events))
		}
		return
	}
	var said []string
	for _, e := range w.last.Events {
		if slices.Contains(askedBy(in).Answers, e.EventType()) {
			said = append(said, e.EventType())
		}
	}
	if len(said) != 1 || w.last.Events[0].EventType() != said[0] {
		w.t.Fatalf("%T was answered by %v, want one answer in the first place", in, said)
	}
}

func (w *auditor) wellFormed() {
	for _, e := range w.last.Events {
		if err := e.Validate(); err != nil {
			w.t.Fatalf("%s: %v", e.EventType(), err)
		}
	}
}

// bounded also checks that the state lists no challenge without its login.
func (w *auditor) bounded() {
	s := w.state
	if len(s.Challenges) > w.policy.Challenge.Open || len(s.Logins) > guard.KeptLogins+w.policy.Challenge.Open ||
		len(s.UsedCodes.Codes) > guard.KeptCodes || len(s.Wrong) > guard.KeptWrong || len(s.Resends) > guard.KeptResends || len(w.text) > 16<<10 {
		w.t.Fatalf("the state is too large: %d challenges, %d logins, %d wrong, %d resends, %d bytes",
			len(s.Challenges), len(s.Logins), len(s.Wrong), len(s.Resends), len(w.text))
	}
	for _, c := range s.Challenges {
		if l, ok := s.Login(c.LoginID); !ok || l.State != guard.Challenged || l.ChallengeID != c.ID {
			w.t.Fatalf("challenge %s has no login", c.ID)
		}
	}
}

// roundTrip goes on with the state as a store would give it back.
func (w *auditor) roundTrip() {
	if w.shared || len(w.committed()) == 0 {
		return
	}
	var back guard.State
	if err := json.Unmarshal([]byte(w.text), &back); err != nil {
		w.t.Fatal(err)
	}
	w.state = back
}

func mustJSON(t testing.TB, v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
