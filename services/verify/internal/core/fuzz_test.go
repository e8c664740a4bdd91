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

// FuzzDecide plays any sequence of commands, two bytes each, and checks after every one what always holds.
func FuzzDecide(f *testing.F) {
	for _, seed := range sequences {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		w := newAuditor(t)
		for i := 0; i+1 < len(script) && i < 2*400; i += 2 {
			w.command(script[i], script[i+1])
		}
		w.replay()
	})
}

const (
	doEnroll = iota
	doRemove
	doRequire
	doLogin
	doLoginAgain
	doCode
	doOtherCode
	doWrong
	doResend
	doUnlock
	doDue
	doWaitSeconds
	doWaitMinutes
	doOverWait
	commands
)

// sequences are those that a fuzzer or a reader found worth keeping.
var sequences = [][]byte{
	{doEnroll, 0, doLogin, 0, doCode, 0, doLogin, 0, doCode, 0, doWaitSeconds, 30, doCode, 0},
	{doEnroll, 2, doLogin, 0, doCode, 0, doCode, 0, doLogin, 0, doWaitSeconds, 30, doResend, 0, doCode, 4, doCode, 0},
	{doEnroll, 0, doLogin, 0, doWrong, 0, doWrong, 0, doWrong, 0, doWrong, 0, doWrong, 0, doLogin, 0, doCode, 0, doOverWait, 0, doCode, 0},
	{doLogin, 0, doEnroll, 0, doLoginAgain, 0, doLogin, 0, doRemove, 0, doCode, 0, doLoginAgain, 0},
	{doRequire, 0, doLogin, 0, doEnroll, 1, doLoginAgain, 0, doLogin, 0, doOtherCode, 0, doWaitMinutes, 10, doDue, 0},
	slices.Repeat([]byte{doEnroll, 0, doLogin, 0, doWrong, 0, doOverWait, 0}, 110),
	slices.Repeat([]byte{doEnroll, 1, doLogin, 0, doWaitSeconds, 40, doResend, 0}, 60),
}

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
	history []entry
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
		world: newWorld(t), steps: map[string]bool{}, judged: map[string]int{}, issued: map[string]*guard.ChallengeIssued{},
		locked: map[events.Factor]locked{}, owner: map[string]string{},
	}
}

func (w *auditor) command(op, arg byte) {
	f := guard.ShortCodes()[int(arg)%3]
	switch op % commands {
	case doEnroll:
		if _, active := w.evidence.of(f); !active || arg >= 192 {
			activated(f, w.name("e"), w.step())(w.world)
		}
	case doRemove:
		removed(f)(w.world)
	case doRequire:
		w.evidence.Required = !w.evidence.Required
		w.policy.Enforcement = []Enforcement{AtOnce, UntilActivation, Grace}[int(arg)%3]
	case doLogin:
		w.start(w.name("l"), []events.Factor{"", f}[int(arg/3)%2])
	case doLoginAgain:
		w.start(w.pick(arg), "")
	case doCode:
		w.attempt(arg, "", w.right(arg))
	case doOtherCode:
		w.attempt(arg, f, w.right(arg))
	case doWrong:
		w.attempt(arg, "", func(Comparison) Match { return Match{} })
	case doResend:
		w.check(ResendRequested{
			User: user, ChallengeID: w.challenge(arg), Factor: []events.Factor{"", f}[int(arg/3)%2],
			Evidence: w.read(), NotificationID: w.name("n"),
		})
	case doUnlock:
		w.check(UnlockRequested{User: user, By: "staff", Factor: []events.Factor{"", f}[int(arg/3)%2]})
	case doDue:
		w.check(ChallengeExpiryDue{User: user, ChallengeID: w.challenge(arg)})
	case doWaitSeconds:
		w.now = w.now.Add(time.Duration(arg) * time.Second)
	case doWaitMinutes:
		w.now = w.now.Add(time.Duration(arg) * time.Minute)
	case doOverWait:
		overWait(w.world)
	}
}

func (w *auditor) step() uint64 { return uint64(w.now.Unix()) / 30 }

// pick names one of the newest logins, mostly the last.
func (w *auditor) pick(arg byte) string {
	if len(w.logins) == 0 {
		return "none"
	}
	back := max(0, int(arg)%16-8)
	return w.logins[max(0, len(w.logins)-1-back)]
}

// challenge names the challenge of one of the newest logins, open or not.
func (w *auditor) challenge(arg byte) string {
	if c := w.owner[w.pick(arg)]; c != "" {
		return c
	}
	return "none"
}

func (w *auditor) start(id string, wish events.Factor) {
	if !slices.Contains(w.logins, id) {
		w.logins = append(w.logins, id)
	}
	w.check(LoginStarted{
		User: user, LoginID: id, Factor: wish, Evidence: w.read(), ChallengeID: w.name("c"), NotificationID: w.name("n"),
	})
}

// right gives codes as a shell would find them: one or more steps around now, or one of the sendings.
func (w *auditor) right(arg byte) func(Comparison) Match {
	return func(c Comparison) Match {
		steps := []uint64{w.step() + uint64(arg)%3 - 1, w.step() + uint64(arg/3)%3 - 1}
		return Match{Steps: steps[:1+int(arg)%2], Sending: c.Challenge.Sending - min(c.Challenge.Sending, uint64(arg/4)%2)}
	}
}

func (w *auditor) attempt(arg byte, f events.Factor, match func(Comparison) Match) {
	in := AttemptSubmitted{User: user, ChallengeID: w.challenge(arg), Factor: f, Evidence: w.read()}
	if what, ok := ToCompare(w.state, in, w.now); ok {
		in.Match = match(what)
		in.Match.EnrollmentID = what.Enrolled.EnrollmentID
	}
	w.check(in)
}

// check asks, and compares the answer with the books.
func (w *auditor) check(in Input) {
	before, wasWrong := mustJSON(w.t, w.state), len(w.state.Wrong)
	old := w.state
	w.ask(in)
	w.keep(old)
	if now := mustJSON(w.t, old); now != before {
		w.t.Fatalf("evolve changed the state that it was given:\n%s\n%s", before, now)
	}
	w.oneAnswer(in)
	w.wellFormed()
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
	if w.last.Shared {
		return
	}
	for _, e := range w.last.Events {
		next, err := guard.Evolve(s, e, w.now)
		if err != nil {
			w.t.Fatal(err)
		}
		s = next
		data, record, err := events.Marshal(e)
		if err != nil {
			w.t.Fatal(err)
		}
		w.history = append(w.history, entry{at: w.now, name: e.EventType(), data: data, record: record, state: mustJSON(w.t, s)})
	}
}

// replay folds the kept history from nothing: step by step it must give the states that the decisions were made on.
func (w *auditor) replay() {
	var s guard.State
	for _, h := range w.history {
		e, err := registry.DecodeStored(h.name, h.data, h.record)
		if err != nil {
			w.t.Fatal(err)
		}
		if s, err = guard.Evolve(s, e, h.at); err != nil {
			w.t.Fatal(err)
		}
		if got := mustJSON(w.t, s); got != h.state {
			w.t.Fatalf("replayed %s:\n%s\nwant\n%s", h.name, got, h.state)
		}
	}
	if got, want := mustJSON(w.t, s), mustJSON(w.t, w.state); got != want {
		w.t.Fatalf("replayed:\n%s\nwant\n%s", got, want)
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

func (w *auditor) auditEnrollment(c *guard.ChallengeIssued, e *guard.AttemptAccepted) {
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

// answers are the rows of the contract that each input may be answered by.
func answers(in Input) []string {
	fact := map[string]string{
		"core.LoginStarted": guard.LoginStartedType, "core.AttemptSubmitted": guard.AttemptSubmittedType,
		"core.ResendRequested": guard.ResendRequestedType, "core.UnlockRequested": guard.UnlockRequestedType,
	}[fmt.Sprintf("%T", in)]
	for _, t := range guard.Types() {
		if t.Name() == fact {
			return t.Answers
		}
	}
	return nil
}

func (w *auditor) oneAnswer(in Input) {
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
		if slices.Contains(answers(in), e.EventType()) {
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
		len(s.Wrong) > guard.KeptWrong || len(s.Resends) > guard.KeptResends || len(mustJSON(w.t, s)) > 16<<10 {
		w.t.Fatalf("the state is too large: %d challenges, %d logins, %d wrong, %d resends, %d bytes",
			len(s.Challenges), len(s.Logins), len(s.Wrong), len(s.Resends), len(mustJSON(w.t, s)))
	}
	for _, c := range s.Challenges {
		if l, ok := s.Login(c.LoginID); !ok || l.State != guard.Challenged || l.ChallengeID != c.ID {
			w.t.Fatalf("challenge %s has no login", c.ID)
		}
	}
}

// roundTrip goes on with the state as a store would give it back.
func (w *auditor) roundTrip() {
	text := mustJSON(w.t, w.state)
	var back guard.State
	if err := json.Unmarshal([]byte(text), &back); err != nil {
		w.t.Fatal(err)
	}
	if again := mustJSON(w.t, back); again != text {
		w.t.Fatalf("state came back as\n%s\nwant\n%s", again, text)
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
