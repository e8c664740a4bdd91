package decide_test

import (
	"encoding/json"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
	"countersign/services/enroll/internal/decide"
)

// maxState is what doc.go of package enrollment promises.
const maxState = 64 << 10

// A soak tells a user's stream anything in any order and checks after each step what always holds.
type soak struct {
	t      testing.TB
	source []byte
	n      int
	now    time.Time
	policy decide.Policy
	state  enrollment.State
	logins []decide.Login
	// judged counts the codes that were looked at and found wrong, by enrollment and by time.
	judged map[string]int
	wrong  []time.Time
	seen   map[string]int
	spent  map[string]time.Time
}

// FuzzSequences reads a sequence of inputs from bytes. Its invariants are the promises of the package.
func FuzzSequences(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 2, 1, 0, 0})
	f.Add([]byte{0, 1, 3, 0, 2, 1, 2, 0, 9, 0, 1, 2, 2, 2})
	f.Fuzz(func(t *testing.T, source []byte) { newSoak(t, source).run() })
}

// TestManySequences is the fuzzer's work in a test that always runs: the same sequences each time.
func TestManySequences(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	reached := map[string]int{}
	for range 200 {
		source := make([]byte, 400)
		for i := range source {
			source[i] = byte(r.UintN(256))
		}
		s := newSoak(t, source)
		s.run()
		for name, n := range s.seen {
			reached[name] += n
		}
	}
	for _, name := range everything() {
		if reached[name] == 0 {
			t.Errorf("no sequence came to %s", name)
		}
	}
}

func newSoak(t testing.TB, source []byte) *soak {
	s := &soak{t: t, source: source, now: noon, judged: map[string]int{}, spent: map[string]time.Time{}, seen: map[string]int{}}
	s.policy = policy(func(p *decide.Policy) {
		p.Exclusive = s.flip()
		p.Required = s.flip()
	})
	return s
}

func (s *soak) run() {
	for len(s.source) > 0 && s.n < 400 {
		s.step()
	}
}

// next takes a number below n from the source; nothing is left gives 0.
func (s *soak) next(n int) int {
	if len(s.source) == 0 {
		return 0
	}
	b := s.source[0]
	s.source = s.source[1:]
	return int(b) % n
}

func (s *soak) flip() bool { return s.next(2) == 1 }

var waits = []time.Duration{0, 0, time.Second, 31 * time.Second, 2 * time.Minute, 6 * time.Minute, time.Hour, 25 * time.Hour}

func (s *soak) step() {
	s.n++
	s.now = s.now.Add(waits[s.next(len(waits))])
	in, right := s.input()
	before := s.state
	copied := s.encode(before)
	d, no := decide.Decide(before, in, s.policy, s.now)
	again, _ := decide.Decide(before, in, s.policy, s.now)
	if s.encode(d.Events) != s.encode(again.Events) {
		s.t.Fatalf("step %d, %T: decided twice, it came out differently", s.n, in)
	}
	s.answered(in, d, no)
	if no != nil {
		return
	}
	for _, e := range d.Events {
		s.seen[e.EventType()]++
	}
	s.state = s.evolve(d)
	if s.encode(before) != copied {
		s.t.Fatalf("step %d, %T: the fold changed the state that it was given", s.n, in)
	}
	s.holds(in, right, d, before)
}

func (s *soak) encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// evolve goes the way of a store: what is decoded must fold to the same state.
func (s *soak) evolve(d decide.Decision) enrollment.State {
	next := after(s.t, s.state, d, s.now)
	var decoded enrollment.State
	if err := json.Unmarshal([]byte(s.encode(next)), &decoded); err != nil {
		s.t.Fatal(err)
	}
	for _, e := range d.Events {
		if err := e.Validate(); err != nil {
			s.t.Fatalf("step %d: %s is not valid: %v", s.n, e.EventType(), err)
		}
	}
	return decoded
}

var factors = []events.Factor{events.TOTP, events.Email, events.SMS}

// input makes one up; right says that a code of it fits.
func (s *soak) input() (in decide.Input, right bool) {
	r := decide.Request{User: user, Cause: "c" + strconv.Itoa(s.n), ID: "ce"}
	switch s.next(10) {
	case 0, 1:
		return decide.Requested{Request: r, Factor: factors[s.next(3)], Email: s.named(), Phone: s.named(), Key: key,
			ReauthenticatedAt: s.password(), Login: s.login()}, false
	case 2, 3, 4:
		in := decide.CodeSubmitted{Request: r, EnrollmentID: s.enrollment(), ReauthenticatedAt: s.password(), Login: s.login()}
		if right = s.next(3) == 0; right {
			in.Steps, in.Sent = []uint64{uint64(s.now.Unix() / 30)}, true
		}
		return in, right
	case 5:
		return decide.ResendRequested{Request: r, EnrollmentID: s.enrollment()}, false
	case 6:
		return decide.ExpiryDue{Request: r, EnrollmentID: s.enrollment()}, false
	case 7:
		return decide.RemovalRequested{Request: r, Factor: append(factors, enrollment.All)[s.next(4)],
			ReauthenticatedAt: s.password(), Login: s.login()}, false
	case 8:
		return decide.ContactsReported{Request: r, Email: s.named(), Phone: s.named(), Login: s.login()}, false
	}
	return s.rare(r), false
}

func (s *soak) rare(r decide.Request) decide.Input {
	must := s.flip()
	switch s.next(6) {
	case 0:
		return decide.ResetRequested{Request: r, By: "staff", Reason: "sealed", ReasonKey: key, Required: &must}
	case 1:
		return decide.RequirementRequested{Request: r, By: "staff", Required: must}
	case 2:
		return decide.RecoveryCodesRequested{Request: r}
	case 3:
		return decide.ErasureRequested{Request: r}
	}
	return decide.ProvisioningAsked{Request: r, EnrollmentID: s.enrollment(), Login: s.login()}
}

func (s *soak) named() *decide.Named {
	if s.flip() {
		return nil
	}
	return &decide.Named{Contact: enrollment.Contact{Ciphertext: "sealed", Hint: "•••", Key: key}, Same: s.flip()}
}

func (s *soak) password() time.Time {
	switch s.next(4) {
	case 0:
		return time.Time{}
	case 1:
		return s.now.Add(-time.Hour)
	}
	return s.now.Add(-time.Minute)
}

// login takes one of many: none, one that means nothing, a new one that was just accepted, or one from before.
func (s *soak) login() decide.Login {
	switch s.next(5) {
	case 0:
		return decide.Login{}
	case 1:
		return decide.Login{ID: "unknown", StartedUnproven: s.flip()}
	case 2:
		if len(s.logins) > 0 {
			return s.logins[len(s.logins)-1]
		}
	}
	l := decide.Login{ID: "L" + strconv.Itoa(s.n), AcceptedAt: s.now, StartedUnproven: !s.state.HasFactor()}
	s.logins = append(s.logins, l)
	return l
}

// enrollment names one that there is, or was, or never will be.
func (s *soak) enrollment() string {
	var ids []string
	if s.state.Open != nil {
		ids = append(ids, s.state.Open.ID, s.state.Open.ID, s.state.Open.ID)
	}
	for _, a := range s.state.Factors {
		ids = append(ids, a.ID)
	}
	for _, e := range s.state.Past {
		ids = append(ids, e.ID)
	}
	ids = append(ids, "nobody's")
	return ids[s.next(len(ids))]
}

// answersOf is CONTRACT's last column.
func answersOf(in decide.Input) []string {
	types := map[string][]string{}
	for _, t := range enrollment.Types() {
		types[t.Name()] = t.Answers
	}
	switch in.(type) {
	case decide.Requested:
		return types[enrollment.RequestedType]
	case decide.ResendRequested:
		return types[enrollment.ResendRequestedType]
	case decide.CodeSubmitted:
		return types[enrollment.CodeSubmittedType]
	case decide.RemovalRequested:
		return types[enrollment.RemovalRequestedType]
	case decide.ContactsReported:
		return types[enrollment.ContactsReportedType]
	case decide.RequirementRequested:
		return types[enrollment.RequirementRequestedType]
	case decide.ResetRequested:
		return types[enrollment.ResetRequestedType]
	}
	return nil
}

func everything() []string {
	return []string{
		enrollment.SecretCreatedType, enrollment.ActivatedType, enrollment.CodeRejectedType, enrollment.DiscardedType,
		enrollment.FactorRemovedType, enrollment.ContactsChangedType, enrollment.RequirementChangedType,
		enrollment.ProvisionedType, notification.RequestedType,
	}
}

// answered: one event of the contract's column, and that first; or a rejection; or, where nobody asked, perhaps nothing.
func (s *soak) answered(in decide.Input, d decide.Decision, no *events.Rejection) {
	if no != nil {
		if len(d.Events)+len(d.Timers) > 0 || !slices.Contains(events.Codes(), no.Code) {
			s.t.Fatalf("step %d, %T: refused %+v beside %d events", s.n, in, no, len(d.Events))
		}
		return
	}
	answers := answersOf(in)
	if answers == nil {
		return
	}
	n := 0
	for _, e := range d.Events {
		if slices.Contains(answers, e.EventType()) {
			n++
		}
	}
	_, request := in.(decide.Requested)
	if n != 1 || !slices.Contains(answers, d.Events[0].EventType()) || (len(d.Timers) == 1) != request {
		s.t.Fatalf("step %d, %T: %d answers, %d timers, first is %v", s.n, in, n, len(d.Timers), tell(d, no, s.now))
	}
}

func (s *soak) holds(in decide.Input, right bool, d decide.Decision, before enrollment.State) {
	if err := errors.Join(s.once(), s.bounded(), s.proven(in, right, d, before), s.counted(d)); err != nil {
		s.t.Fatalf("step %d, %T: %v: %v", s.n, in, err, tell(d, nil, s.now))
	}
}

// once: never two active factors of one kind, one at all where policy says so, and what is active is not pending.
func (s *soak) once() error {
	kinds := map[events.Factor]bool{}
	for _, a := range s.state.Factors {
		if kinds[a.Factor] {
			return errors.New("two active factors of one kind")
		}
		kinds[a.Factor] = true
		if s.state.Open != nil && s.state.Open.ID == a.ID {
			return errors.New("a factor is active and pending")
		}
	}
	if s.policy.Exclusive && len(kinds) > 1 {
		return errors.New("several factors where policy keeps one")
	}
	return nil
}

func (s *soak) bounded() error {
	if size := len(s.encode(s.state)); size > maxState {
		return errors.New("the state has grown too large")
	}
	return nil
}

// proven: what becomes active had a right code and a password; while a factor is active, what changes anything spent a login that was
// accepted and never spent before.
func (s *soak) proven(in decide.Input, right bool, d decide.Decision, before enrollment.State) error {
	var err error
	for _, e := range d.Events {
		switch e := e.(type) {
		case *enrollment.Activated:
			err = errors.Join(err, s.rightly(e, right, before), s.spends(e.LoginID))
		case *enrollment.SecretCreated:
			_, again := in.(decide.ResendRequested)
			err = errors.Join(err, s.backed(before.HasFactor() && !again, e.Record.SpentLogin))
		case *enrollment.FactorRemoved:
			err = errors.Join(err, s.backed(before.HasFactor() && e.Reason == enrollment.RemovedByUser, e.Record.SpentLogin))
		case *enrollment.ContactsChanged:
			_, reported := in.(decide.ContactsReported)
			err = errors.Join(err, s.backed(before.HasFactor() && reported, e.Record.SpentLogin))
		case *enrollment.Provisioned:
			err = errors.Join(err, s.backed(true, e.LoginID))
		}
	}
	return err
}

func (s *soak) rightly(e *enrollment.Activated, right bool, before enrollment.State) error {
	p := before.Open
	switch {
	case !right:
		return errors.New("activated without a right code")
	case p == nil || p.ID != e.EnrollmentID || !s.now.Before(p.ExpiresAt):
		return errors.New("activated what was not pending")
	case p.To != nil && !s.now.Before(p.CodeExpiresAt):
		return errors.New("activated by a code that was too old")
	case before.HasFactor() && !p.SteppedUp:
		return s.backed(true, e.Record.SpentLogin)
	case len(before.Factors) > 0 && e.LoginID != "" && !s.unproven(e.LoginID):
		return errors.New("passed a login that had a factor to ask for")
	}
	return nil
}

func (s *soak) unproven(login string) bool {
	return login == "unknown" ||
		slices.ContainsFunc(s.logins, func(l decide.Login) bool { return l.ID == login && l.StartedUnproven })
}

func (s *soak) backed(needed bool, login string) error {
	if !needed {
		return nil
	}
	i := slices.IndexFunc(s.logins, func(l decide.Login) bool { return l.ID == login })
	if i < 0 {
		return errors.New("changed while a factor is active, without a step-up")
	}
	if s.now.Sub(s.logins[i].AcceptedAt) > 5*time.Minute {
		return errors.New("changed with a step-up that was too old")
	}
	return s.spends(login)
}

// spends knows every login ever spent, where the state only remembers those that could be used again. "unknown" can pass by an
// activation long after it was forgotten.
func (s *soak) spends(login string) error {
	if login == "" || login == "unknown" {
		return nil
	}
	if _, ok := s.spent[login]; ok {
		return errors.New("a login was spent twice")
	}
	s.spent[login] = s.now
	return nil
}

// counted: at most five wrong codes are judged for an enrollment, ten for the user in any 24 hours.
func (s *soak) counted(d decide.Decision) error {
	for _, e := range d.Events {
		switch e := e.(type) {
		case *enrollment.CodeRejected:
			if e.Reason == enrollment.CodeWrong {
				s.missed(e.EnrollmentID)
			}
		case *enrollment.Discarded:
			if e.Reason == enrollment.DiscardTooManyAttempts {
				s.missed(e.EnrollmentID)
			}
		}
	}
	if slices.Max(append(slices.Collect(maps.Values(s.judged)), 0)) > 5 {
		return errors.New("more than five wrong codes for one enrollment")
	}
	today := slices.DeleteFunc(slices.Clone(s.wrong), func(t time.Time) bool { return s.now.Sub(t) >= 24*time.Hour })
	if len(today) > 10 {
		return errors.New("more than ten wrong codes in a day")
	}
	return nil
}

func (s *soak) missed(id string) {
	s.judged[id]++
	s.wrong = append(s.wrong, s.now)
}
