package decide_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker/policy"
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
	policy policy.Policy
	state  enrollment.State
	text   string // state as a store would keep it
	logins []decide.Login
	// judged counts the codes that were looked at and found wrong, by enrollment and by time.
	judged    map[string]int
	wrong     []time.Time
	seen      map[string]int
	spent     map[string]time.Time
	shown     map[string]bool // sets of recovery codes
	cured     map[string]bool // recoveries
	history   []written
	questions []question
	guess     bool // mostly wrong codes, quickly
	quietAt   time.Time
}

// FuzzSequences reads a sequence of inputs from bytes. Its invariants are the promises of the package.
func FuzzSequences(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 2, 1, 0, 0})
	f.Add([]byte("000070010007"))
	f.Add([]byte{0, 1, 3, 0, 2, 1, 2, 0, 9, 0, 1, 2, 2, 2})
	f.Fuzz(func(t *testing.T, source []byte) { newSoak(t, source).run() })
}

// TestManySequences is the fuzzer's work in a test that always runs: the same sequences each time.
func TestManySequences(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	reached := map[string]int{}
	for range 100 {
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
	s.shown, s.cured, s.text = map[string]bool{}, map[string]bool{}, "{}"
	s.policy = under(func(p *policy.Policy) {
		p.Exclusive = s.flip()
		p.Required = s.flip()
	})
	s.guess = s.flip()
	return s
}

func (s *soak) run() {
	for len(s.source) > 0 && s.n < 400 {
		s.step()
	}
	s.replay()
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
	in, right := s.guessed()
	if in == nil {
		s.now = s.now.Add(waits[s.next(len(waits))])
		in, right = s.input()
	}
	before := s.state
	d, no := decide.Decide(before, in, s.policy, s.now)
	s.questions = append(s.questions, question{len(s.history), in, s.now, d, no})
	again, _ := decide.Decide(before, in, s.policy, s.now)
	if !reflect.DeepEqual(d, again) {
		s.t.Fatalf("step %d, %T: decided twice, it came out differently", s.n, in)
	}
	s.answered(in, d, no)
	d.Events = answers(in, d, no)
	shared := shares(before, in, d, nil, s.now)
	s.still(in, d, shared)
	if shared {
		return
	}
	for _, e := range d.Events {
		s.seen[e.EventType()]++
	}
	was := s.text
	s.write(d.Events)
	s.evolve(d)
	if s.encode(before) != was {
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
func (s *soak) evolve(d decide.Decision) {
	s.text = s.encode(after(s.t, s.state, d, s.now))
	s.state = enrollment.State{}
	if err := json.Unmarshal([]byte(s.text), &s.state); err != nil {
		s.t.Fatal(err)
	}
	for _, e := range d.Events {
		if err := e.Validate(); err != nil {
			s.t.Fatalf("step %d: %s is not valid: %v", s.n, e.EventType(), err)
		}
	}
}
