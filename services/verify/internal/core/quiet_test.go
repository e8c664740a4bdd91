package core

import (
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/policy"
)

// A repeat is what can be asked without end.
type repeat struct {
	name  string
	given []act
	ask   act
}

func acts(list ...act) []act { return list }

// bolted has a factor that verify cannot ask for.
var bolted = evidence(func(e *Evidence) { e.Active = []Enrolled{{EnrollmentID: "x", Factor: "iris"}} })

var quiet = []repeat{
	{"a code for a challenge that there is not", acts(enrolled(events.TOTP)), wrong("a")},
	{"a code for a challenge that was passed", acts(enrolled(events.TOTP), login("a"), code("a", 100)), wrong("a")},
	{"a code for a challenge that is used up", acts(enrolled(events.TOTP), login("a"), wrongs("a", 5), after(time.Minute)), wrong("a")},
	{"a code for a challenge that has expired", acts(enrolled(events.TOTP), login("a"), after(10*time.Minute), due("a")), wrong("a")},
	{"a code before the timer of an expired challenge", acts(enrolled(events.TOTP), login("a"), after(10*time.Minute)), wrong("a")},
	{"a code during a wait", acts(enrolled(events.TOTP), login("a"), login("b"), wrongs("a", 5)), wrong("b")},
	{"the code of a factor that was sent none", acts(enrolled(events.SMS), enrolled(events.TOTP), login("a")), attempt("a", events.SMS, nil)},
	{"a recovery code where there are none", acts(enrolled(events.TOTP), login("a")), recoveryCode("a", 1)},
	{"a login that is challenged, again", acts(enrolled(events.SMS), login("a")), login("a")},
	{"a login that is waived, again", acts(login("a")), login("a")},
	{"a login that is waived, again for a step-up", acts(login("a")), stepUp("a")},
	{"a login that was told to enroll, again", acts(evidence(func(e *Evidence) { e.Required = true }), login("a")), login("a")},
	{"a login that has ended, again", acts(enrolled(events.TOTP), login("a"), code("a", 100)), login("a")},
	{"logins above the limit", acts(under(func(p *policy.Policy) { p.Challenge.LoginsPer10m = 1 }), login("a")), login("b")},
	{"logins with a factor that nobody can ask for", acts(bolted), login("a")},
	{"another code of an app", acts(enrolled(events.TOTP), login("a")), resend("a")},
	{"another code too soon", acts(enrolled(events.SMS), login("a")), resend("a")},
	{"another code for a challenge that was passed", acts(enrolled(events.TOTP), login("a"), code("a", 100)), resend("a")},
	{"another code for a challenge that there is not", acts(enrolled(events.TOTP)), resend("a")},
	{"the code of a factor that the user has not", acts(enrolled(events.TOTP), login("a")), switched("a", events.SMS)},
}

func TestWhatChangesNothingIsKeptOnceASecond(t *testing.T) {
	for _, r := range quiet {
		w := newWorld(t)
		w.run(r.given...)
		w.run(after(time.Second)) // what was said on the way here is past
		for i, kept := range []bool{true, false, false, true, false} {
			if w.run(r.ask); w.shared == kept {
				t.Errorf("%s, number %d: %v", r.name, i+1, w.told())
			}
			w.run(after(400 * time.Millisecond))
		}
	}
}

var loud = []repeat{
	{"a login", acts(enrolled(events.TOTP)), login("a")},
	{"a login that is waived", nil, login("a")},
	{"a login that was waived, and must enroll by now", acts(login("a"), evidence(func(e *Evidence) { e.Required = true })), login("a")},
	{"another enrollment to finish", acts(evidence(func(e *Evidence) { e.Required = true }), login("a"), evidence(func(e *Evidence) { e.Pending = "p" })), login("a")},
	{"a wrong code", acts(enrolled(events.TOTP), login("a")), wrong("a")},
	{"a code that is replayed", acts(enrolled(events.TOTP), login("a"), login("b"), code("a", 100)), code("b", 100)},
	{"a code that was sent before", acts(enrolled(events.SMS), login("a"), after(time.Minute), resend("a")), number("a", 1)},
	{"a wrong recovery code", acts(printed("s"), enrolled(events.TOTP), login("a")), recoveryCode("a", 0)},
	{"a recovery code that is replayed", acts(printed("s"), enrolled(events.TOTP), login("a"), login("b"), recoveryCode("a", 1)), recoveryCode("b", 1)},
	{"a right code", acts(enrolled(events.TOTP), login("a")), code("a", 100)},
	{"a code of an enrollment that is gone", acts(enrolled(events.TOTP), login("a"), removed(events.TOTP)), wrong("a")},
	{"a switch to the app", acts(enrolled(events.TOTP), enrolled(events.SMS), login("a")), switched("a", events.TOTP)},
	{"another code", acts(enrolled(events.SMS), login("a"), after(time.Minute)), resend("a")},
	{"what staff say, also where it changes nothing", nil, unlock("")},
	{"a recovery's question, which is asked again by its name", acts(printed("s")), asked(0)},
}

// However much was refused a moment ago.
func TestWhatChangesSomethingIsAlwaysKept(t *testing.T) {
	for _, r := range loud {
		w := newWorld(t)
		w.run(r.given...)
		w.run(wrong("nobody's"), r.ask)
		if w.shared || len(w.committed()) == 0 {
			t.Errorf("%s: %v", r.name, w.told())
		}
	}
}

// still: an answer to what a user asks is known as quiet if, and only if, it leaves the state as it is; and one such answer a second is kept.
func (w *auditor) still(in Input, old guard.State) {
	answer := w.committed()
	if len(answer) != 1 || len(w.last.Timers) > 0 || askedBy(in).Role != "login" {
		return
	}
	_, quiet := old.Quiet(answer[0])
	if leaves := w.leaves(old, answer[0]); quiet != leaves {
		w.t.Fatalf("%T: %v is quiet: %t, it leaves the state: %t", in, w.world.told(), quiet, leaves)
	}
	if !quiet || w.shared {
		return
	}
	if w.now.Sub(w.quietAt) < time.Second {
		w.t.Fatalf("%T: two commits within a second that change nothing", in)
	}
	w.quietAt = w.now
}

// leaves compares with an event that changes nothing at all, but for how long a login is remembered of which something was said again.
func (w *auditor) leaves(s guard.State, e events.Event) bool {
	next, same := w.after(s, e), w.after(s, &notification.Requested{User: user})
	next.QuietAt = same.QuietAt
	for i, l := range next.Logins {
		was, _ := s.Login(l.ID)
		if l.EndedAt = was.EndedAt; l == was {
			next.Logins[i] = was
		}
	}
	next = w.after(next, &notification.Requested{User: user})
	return mustJSON(w.t, next) == mustJSON(w.t, same)
}

func (w *world) after(s guard.State, list ...events.Event) guard.State {
	for _, e := range list {
		var err error
		if s, err = guard.Evolve(s, e, w.now); err != nil {
			w.t.Fatal(err)
		}
	}
	return s
}
