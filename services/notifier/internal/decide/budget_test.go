package decide_test

import (
	"slices"
	"testing"
	"time"

	"countersign/pkg/events/notification"
	"countersign/pkg/worker/policy"
	"countersign/services/notifier/internal/budget"
	"countersign/services/notifier/internal/decide"
)

func spent(scope budget.Scope, count int64) budget.Evidence {
	return budget.Evidence{Spent: []budget.Spent{{Scope: budget.User, Count: 1, Limit: 20}, {Scope: scope, Count: count, Limit: 3}}}
}

func TestWhatWouldOverdrawABudgetIsNotSent(t *testing.T) {
	for _, c := range []struct {
		name string
		of   budget.Evidence
		over budget.Scope // "" where it is sent
	}{
		{"no budget", budget.Evidence{}, ""},
		{"the last of a budget", spent(budget.Contact, 3), ""},
		{"one more", spent(budget.Contact, 4), budget.Contact},
		{"one more, of the reserve", budget.Evidence{Proven: true, Spent: []budget.Spent{{Scope: budget.User, Count: 3, Limit: 20}, {Scope: budget.Prefix, Count: 6, Limit: 3}}}, ""},
		{"more than the reserve", budget.Evidence{Proven: true, Spent: []budget.Spent{{Scope: budget.User, Count: 3, Limit: 20}, {Scope: budget.Prefix, Count: 7, Limit: 3}}}, budget.Prefix},
		{"one more, of a user who has had the first codes of the hour", budget.Evidence{Proven: true, Spent: []budget.Spent{{Scope: budget.User, Count: 4, Limit: 20}, {Scope: budget.Prefix, Count: 4, Limit: 3}}}, budget.Prefix},
		{"one more of the user's own, which has no reserve", budget.Evidence{Proven: true, Spent: []budget.Spent{{Scope: budget.User, Count: 2, Limit: 1}}}, budget.User},
		{"a paused prefix, of a number that nobody has proven", budget.Evidence{Paused: true}, budget.Pause},
		{"a paused prefix, of a user who enters codes", budget.Evidence{Paused: true, Proven: true, Unanswered: 2}, ""},
		{"a paused prefix, of a user who does not", budget.Evidence{Paused: true, Proven: true, Unanswered: 3}, budget.Pause},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := wanted()
			in.Budget = c.of
			d := decide.Begin(notification.State{}, in, three(), noon)
			if d.Call != (c.over == "") || d.Over != c.over {
				t.Fatalf("called %v, over %q", d.Call, d.Over)
			}
			if d.Call {
				return
			}
			e := d.Events[0].(*notification.Failed)
			if e.Reason != notification.OverBudget || !e.Final || e.Provider != "" || e.Record.Budget != string(c.over) || len(d.Timers) > 0 {
				t.Errorf("told as %+v, %+v", e.Outcome, e.Record)
			}
			s := evolve(t, notification.State{}, d.Events, noon)
			if again := decide.Begin(s, wanted(), three(), noon.Add(time.Minute)); len(again.Events) > 0 {
				t.Errorf("it is sent later: %v", says(again))
			}
		})
	}
}

func TestADeadCodeIsToldAsDeadWhateverTheBudget(t *testing.T) {
	in := wanted()
	in.Budget = spent(budget.Contact, 4)
	if got := says(decide.Begin(notification.State{}, in, three(), noon.Add(5*time.Minute))); got != "suppressed" {
		t.Errorf("decided %q", got)
	}
}

// A history of one notification up to a try that is due now.
func TestWhichTriesAreCounted(t *testing.T) {
	reported := func(why notification.Reason) *decide.Reported {
		return &decide.Reported{Provider: "smtp", ProviderRef: "r1", Reason: why, Temporary: true}
	}
	sent := step{ended: &decide.Ended{Try: 1, ProviderRef: "r1", Awaits: true}, want: "sent"}
	begun := step{due: due(wanted()), want: "sending", call: true}
	for _, c := range []struct {
		name    string
		history []step
		due     *decide.Due
		after   time.Duration
		counts  bool
	}{
		{"the first", nil, due(wanted()), 0, true},
		{"none while nobody can be called", nil, nobody(0), 0, false},
		{"none of what nobody waits for", nil, superseded(), 0, false},
		{"one after a refusal has the refused one's", []step{begun, {ended: refused(1, true), want: "failed retry_due"}}, timer(2), 2 * time.Second, false},
		{"one whose provider has nothing of the try before has that one's",
			[]step{begun, {ended: lost(1), want: "failed retry_due"}}, answered(1, decide.NotTaken), 2 * time.Second, false},
		{"one after a crash: the try before may have gone out", []step{begun}, due(wanted()), time.Minute, true},
		{"one after a text that did not arrive", []step{begun, sent, {report: reported(notification.Unreachable), want: "failed retry_due"}}, timer(2), 3 * time.Second, true},
		{"one after a text that its provider lost", []step{begun, sent, {report: reported(notification.ProviderDown), want: "failed retry_due"}}, timer(2), 3 * time.Second, true},
		{"none before its time", []step{begun, {ended: refused(1, true), want: "failed retry_due"}}, timer(2), time.Second, false},
		{"none while somebody may be calling", []step{begun}, due(wanted()), time.Second, false},
		{"none of what is sent", []step{begun, sent}, due(wanted()), time.Minute, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, in := notification.State{}, *c.due
			for i, st := range c.history {
				d := made(s, st, noon)
				if got := says(d); got != st.want {
					t.Fatalf("step %d: decided %q, want %q", i+1, got, st.want)
				}
				s = evolve(t, s, d.Events, noon)
			}
			in.Budget = spent(budget.Contact, 4)
			if got := decide.Counts(s, in, three(), noon.Add(c.after)); got != c.counts {
				t.Errorf("counted %v", got)
			}
		})
	}
}

func made(s notification.State, st step, now time.Time) decide.Decision {
	p := three()
	p.Jitter = 0
	switch {
	case st.due != nil:
		return decide.Begin(s, *st.due, p, now)
	case st.ended != nil:
		return decide.End(s, "u1", *st.ended, p, now)
	}
	return decide.Report(s, "u1", *st.report, p, now)
}

func TestAMessageThatMayHaveGoneOutIsNotToldAsOverBudget(t *testing.T) {
	in := wanted()
	in.Budget = spent(budget.Contact, 4)
	for _, c := range []struct {
		name  string
		state notification.State
		want  notification.Reason
	}{
		{"a crash cut the try before off", notification.State{Status: notification.StatusSending, Since: noon, Try: 1}, notification.UnknownOutcome},
		{"the text before did not arrive", notification.State{Status: notification.StatusFailed, Reason: notification.Unreachable, Try: 1, Taken: true}, notification.OverBudget},
	} {
		d := decide.Begin(c.state, in, three(), noon.Add(time.Minute))
		if e := d.Events[0].(*notification.Failed); e.Reason != c.want || !e.Final {
			t.Errorf("%s: told as %+v", c.name, e.Outcome)
		}
	}
}

var of = budget.Codes{Platform: "acme", Prefix: "4915112", Proven: true}

func TestAPrefixIsPausedOnce(t *testing.T) {
	b := policy.Default("acme").Budget
	low := budget.Conversion{Sent: 30, Entered: 2}
	d := decide.Pause(notification.State{}, of, low, b, noon)
	if len(d.Events) != 1 {
		t.Fatalf("decided %q", says(d))
	}
	e := *d.Events[0].(*notification.PrefixPaused)
	if want := (notification.PrefixPaused{Prefix: "4915112", Proven: true, Sent: 30, Entered: 2, Until: noon.Add(4 * time.Hour)}); e != want {
		t.Errorf("told %+v, want %+v", e, want)
	}
	s := evolve(t, notification.State{}, d.Events, noon)
	for name, c := range map[string]struct {
		conversion budget.Conversion
		after      time.Duration
		want       string
	}{
		"while it lasts":              {low, time.Hour, "nothing"},
		"at its end":                  {low, 4 * time.Hour, "prefix_paused"},
		"where enough are entered":    {budget.Conversion{Sent: 30, Entered: 3}, 4 * time.Hour, "nothing"},
		"where few are sent":          {budget.Conversion{Sent: 29}, 4 * time.Hour, "nothing"},
		"where none at all was heard": {budget.Conversion{}, 4 * time.Hour, "nothing"},
	} {
		if got := says(decide.Pause(s, of, c.conversion, b, noon.Add(c.after))); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestPausesGrowWhileItGoesOn(t *testing.T) {
	b := policy.Default("acme").Budget
	low := budget.Conversion{Sent: 30}
	var s notification.State
	now, lasted := noon, []time.Duration{}
	for _, until := range []time.Duration{0, time.Minute, time.Hour, time.Hour, time.Hour, 24 * time.Hour} {
		now = now.Add(until) // since the end of the one before
		d := decide.Pause(s, of, low, b, now)
		s = evolve(t, s, d.Events, now)
		lasted = append(lasted, s.PausedUntil.Sub(now))
		now = s.PausedUntil
	}
	if want := []time.Duration{4 * time.Hour, 8 * time.Hour, 16 * time.Hour, 24 * time.Hour, 24 * time.Hour, 4 * time.Hour}; !slices.Equal(lasted, want) {
		t.Errorf("pauses last %v, want %v", lasted, want)
	}
}
