package decide_test

import (
	"fmt"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/services/notifier/internal/decide"
)

// three tries, at the usual pace.
func three() decide.Policy { return decide.Policy{Tries: 3, Pace: decide.Defaults()} }

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func wanted() decide.Due {
	return decide.Due{Stands: true, Provider: "smtp", Requested: notification.Requested{
		User: "u1", NotificationID: "n1", Channel: notification.Email, Template: notification.LoginCode, About: "c1",
		ExpiresAt: noon.Add(5 * time.Minute),
	}}
}

// A step is one decision at a time after noon, in a history that each goes on with.
type step struct {
	after  time.Duration
	due    *decide.Due
	ended  *decide.Ended
	report *decide.Reported
	want   string // types of the events, "wait" or "nothing"
	call   bool
}

func due(d decide.Due) *decide.Due { return &d }

func timer(try int) *decide.Due { d := wanted(); d.Try = try; return &d }

func superseded() *decide.Due { d := wanted(); d.Stands = false; return &d }

func unfit(try int) *decide.Due { d := wanted(); d.Unfit, d.Try = true, try; return &d }

func nobody(try int) *decide.Due { d := wanted(); d.Provider, d.Try = "", try; return &d }

// answered is the timer after a try of which the provider says this.
func answered(try int, e decide.Evidence) *decide.Due {
	d := wanted()
	d.Try, d.Last = try+1, decide.Answer{Try: try, Evidence: e, ProviderRef: "r"}
	return &d
}

func overtaken(e decide.Evidence) *decide.Due { d := answered(1, e); d.Stands = false; return d }

func lost(try int) *decide.Ended {
	return &decide.Ended{Try: try, Reason: notification.UnknownOutcome, Unknown: true}
}

var taken = &decide.Ended{Try: 1, ProviderRef: "r1"}

func refused(try int, temporary bool) *decide.Ended {
	return &decide.Ended{Try: try, Reason: notification.ProviderDown, Temporary: temporary}
}

var scenarios = []struct {
	name  string
	steps []step
}{
	{"a notification is kept as being sent before the provider is called, and then as sent", []step{
		{due: due(wanted()), want: "sending", call: true},
		{after: time.Second, ended: taken, want: "sent"},
	}},
	{"a number that takes no texts costs no call", []step{
		{due: unfit(0), want: "failed"},
		{due: due(wanted()), want: "nothing"},
	}},
	{"a number that has come to take none after a try costs no other", []step{
		{due: due(wanted()), want: "sending", call: true},
		{ended: refused(1, true), want: "failed retry_due"},
		{after: 2 * time.Second, due: unfit(2), want: "failed"},
	}},
	{"a code that has expired has, whatever the number", []step{
		{after: 5 * time.Minute, due: unfit(0), want: "suppressed"},
	}},
	{"a second delivery of the request sends nothing more", []step{
		{due: due(wanted()), want: "sending", call: true},
		{after: time.Second, ended: taken, want: "sent"},
		{after: 2 * time.Second, due: due(wanted()), want: "nothing"},
	}},
	{"while somebody may be calling the provider, nobody else does", []step{
		{due: due(wanted()), want: "sending", call: true},
		{after: 29 * time.Second, due: due(wanted()), want: "wait"},
	}},
	{"a try that a crash cut off is made again", []step{
		{due: due(wanted()), want: "sending", call: true},
		{after: 30 * time.Second, due: due(wanted()), want: "sending", call: true},
		{after: 31 * time.Second, ended: taken, want: "nothing"}, // the first caller wakes up late
		{after: 32 * time.Second, ended: &decide.Ended{Try: 2}, want: "sent"},
	}},
	{"three tries are all, also when each is cut off by a crash", []step{
		{due: due(wanted()), want: "sending", call: true},
		{after: time.Minute, due: due(wanted()), want: "sending", call: true},
		{after: 2 * time.Minute, due: due(wanted()), want: "sending", call: true},
		{after: 3 * time.Minute, due: due(wanted()), want: "failed"},
		{after: 4 * time.Minute, due: due(wanted()), want: "nothing"},
	}},
	{"what may pass is tried again by a timer, and not before", []step{
		{due: due(wanted()), want: "sending", call: true},
		{ended: refused(1, true), want: "failed retry_due"},
		{after: time.Second, due: due(wanted()), want: "nothing"},
		{after: 2 * time.Second, due: due(wanted()), want: "sending", call: true},
		{after: 2 * time.Second, ended: refused(2, true), want: "failed retry_due"},
		{after: 10 * time.Second, due: due(wanted()), want: "sending", call: true},
		{after: 10 * time.Second, ended: refused(3, true), want: "failed"},
	}},
	{"a timer that comes early waits, because no other will come", []step{
		{due: due(wanted()), want: "sending", call: true},
		{ended: refused(1, true), want: "failed retry_due"},
		{after: time.Second, due: timer(2), want: "wait"},
		{after: 2 * time.Second, due: timer(2), want: "sending", call: true},
		{after: 2 * time.Second, ended: refused(2, true), want: "failed retry_due"},
		{after: 3 * time.Second, due: timer(2), want: "nothing"}, // delivered once more: the third has a timer of its own
	}},
	{"a provider that is at fault is not asked again where there is another, which is at once", []step{
		{due: due(wanted()), want: "sending", call: true},
		{ended: &decide.Ended{Try: 1, Reason: notification.ProviderDown, Elsewhere: true}, want: "failed retry_due"},
		{due: timer(2), want: "sending", call: true},
		{ended: &decide.Ended{Try: 2}, want: "sent"},
	}},
	{"where nobody can be asked it waits, which is no try", []step{
		{due: nobody(0), want: "deferred retry_due"},
		{after: time.Second, due: nobody(1), want: "wait"},
		{after: 2 * time.Second, due: nobody(1), want: "deferred retry_due"},
		{after: 4 * time.Second, due: timer(1), want: "sending", call: true},
		{after: 4 * time.Second, ended: taken, want: "sent"},
	}},
	{"where nobody can be asked until it is dead, it failed", []step{
		{after: 4*time.Minute + 59*time.Second, due: nobody(0), want: "failed"},
	}},
	{"an outcome that nobody knows is asked for before anything else is done, and it was sent", []step{
		{due: due(wanted()), want: "sending", call: true},
		{ended: lost(1), want: "failed retry_due"},
		{after: time.Second, due: timer(2), want: "wait"},
		{after: 2 * time.Second, due: answered(1, decide.Taken), want: "sent"},
		{after: 3 * time.Second, due: timer(2), want: "nothing"},
	}},
	{"an outcome that nobody knows is tried again once the provider says that it has no such message", []step{
		{due: due(wanted()), want: "sending", call: true},
		{ended: lost(1), want: "failed retry_due"},
		{after: 2 * time.Second, due: answered(1, decide.NotTaken), want: "sending", call: true},
		{after: 3 * time.Second, ended: &decide.Ended{Try: 2}, want: "sent"},
	}},
	{"while the provider does not say, it is asked more and more seldom until the code is dead", []step{
		{due: due(wanted()), want: "sending", call: true},
		{ended: lost(1), want: "failed retry_due"},
		{after: 2 * time.Second, due: answered(1, decide.Unclear), want: "failed retry_due"},
		{after: 4 * time.Second, due: answered(1, decide.Unclear), want: "failed retry_due"},
		{after: 7 * time.Second, due: answered(1, decide.Unclear), want: "wait"},
		{after: 4 * time.Minute, due: answered(1, decide.Unclear), want: "failed"},
	}},
	{"an outcome that nobody knows and nobody can be asked for is named, and not tried again", []step{
		{due: due(wanted()), want: "sending", call: true},
		{ended: lost(1), want: "failed retry_due"},
		{after: 2 * time.Second, due: answered(1, decide.Unasked), want: "failed"},
		{after: 3 * time.Second, due: timer(2), want: "nothing"},
	}},
	{"what a crash cut off is asked for as well", []step{
		{due: due(wanted()), want: "sending", call: true},
		{after: 30 * time.Second, due: answered(1, decide.Taken), want: "sent"},
	}},
	{"what the provider has is sent, even if a newer one has overtaken it since", []step{
		{due: due(wanted()), want: "sending", call: true},
		{ended: lost(1), want: "failed retry_due"},
		{after: 2 * time.Second, due: overtaken(decide.Taken), want: "sent"},
	}},
	{"what the provider does not have is not sent any more when a newer one has overtaken it", []step{
		{due: due(wanted()), want: "sending", call: true},
		{ended: lost(1), want: "failed retry_due"},
		{after: 2 * time.Second, due: overtaken(decide.NotTaken), want: "suppressed"},
	}},
	{"the last try is the last also where the provider has nothing", []step{
		{due: due(wanted()), want: "sending", call: true},
		{ended: lost(1), want: "failed retry_due"},
		{after: 2 * time.Second, due: answered(1, decide.NotTaken), want: "sending", call: true},
		{after: 2 * time.Second, ended: lost(2), want: "failed retry_due"},
		{after: 10 * time.Second, due: answered(2, decide.NotTaken), want: "sending", call: true},
		{after: 10 * time.Second, ended: lost(3), want: "failed retry_due"},
		{after: 42 * time.Second, due: answered(3, decide.NotTaken), want: "failed"},
		{after: 43 * time.Second, due: answered(3, decide.Taken), want: "nothing"},
	}},
	{"an answer about another try says nothing of the last", []step{
		{due: due(wanted()), want: "sending", call: true},
		{ended: lost(1), want: "failed retry_due"},
		{after: 2 * time.Second, due: answered(1, decide.NotTaken), want: "sending", call: true},
		{after: 2 * time.Second, ended: lost(2), want: "failed retry_due"},
		{after: 10 * time.Second, due: answered(1, decide.NotTaken), want: "failed"},
	}},
	{"what cannot pass is not tried again", []step{
		{due: due(wanted()), want: "sending", call: true},
		{ended: refused(1, false), want: "failed"},
		{after: time.Minute, due: due(wanted()), want: "nothing"},
	}},
	{"an expired code is not sent", []step{
		{after: 5 * time.Minute, due: due(wanted()), want: "suppressed"},
		{after: 6 * time.Minute, due: due(wanted()), want: "nothing"},
	}},
	{"a code that a newer one has overtaken is not sent", []step{
		{due: superseded(), want: "suppressed"},
	}},
	{"a code that a newer one has overtaken on its way to the provider is not sent, and not tried again", []step{
		{due: due(wanted()), want: "sending", call: true},
		{after: 10 * time.Second, ended: &decide.Ended{Try: 1, Reason: notification.Superseded, Withdrawn: true}, want: "suppressed"},
		{after: time.Minute, due: due(wanted()), want: "nothing"},
	}},
	{"no try is planned for when the code is dead", []step{
		{after: 4*time.Minute + 59*time.Second, due: due(wanted()), want: "sending", call: true},
		{after: 4*time.Minute + 59*time.Second, ended: refused(1, true), want: "failed"},
	}},
}

func TestNotifications(t *testing.T) {
	for _, sc := range scenarios {
		t.Run(sc.name, func(t *testing.T) {
			run(t, sc.steps)
		})
	}
}

func run(t *testing.T, steps []step) {
	t.Helper()
	var s notification.State
	p := three()
	p.Jitter = 0
	for i, st := range steps {
		now := noon.Add(st.after)
		var d decide.Decision
		switch {
		case st.due != nil:
			d = decide.Begin(s, *st.due, p, now)
		case st.ended != nil:
			d = decide.End(s, "u1", *st.ended, p, now)
		default:
			d = decide.Report(s, "u1", *st.report, p, now)
		}
		if got := says(d); got != st.want || d.Call != st.call {
			t.Fatalf("step %d: decided %q and call %v, want %q and %v", i+1, got, d.Call, st.want, st.call)
		}
		s = evolve(t, s, d.Events, now)
	}
}

func says(d decide.Decision) string {
	if !d.Wait.IsZero() {
		return "wait"
	}
	text := ""
	for _, e := range d.Events {
		_, fact, _, _ := events.ParseName(e.EventType())
		text += " " + fact
	}
	for _, t := range d.Timers {
		_, fact, _, _ := events.ParseName(t.Event.EventType())
		text += " " + fact
	}
	if text == "" {
		return "nothing"
	}
	return text[1:]
}

func evolve(t *testing.T, s notification.State, list []events.Event, at time.Time) notification.State {
	t.Helper()
	for _, e := range list {
		if err := e.Validate(); err != nil {
			t.Fatalf("%s: %v", e.EventType(), err)
		}
		var err error
		if s, err = notification.Evolve(s, e, at); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestNoMoreTriesAreMadeThanThePolicySays(t *testing.T) {
	for tries := 1; tries <= 5; tries++ {
		p, s, now := decide.Policy{Tries: tries, Pace: decide.Defaults()}, notification.State{}, noon
		calls, notice := 0, wanted()
		notice.ExpiresAt = noon.Add(time.Hour)
		for range 10 {
			d := decide.Begin(s, notice, p, now)
			s = evolve(t, s, d.Events, now)
			if d.Call {
				calls++
				s = evolve(t, s, decide.End(s, "u1", *refused(s.Try, true), p, now).Events, now)
			}
			now = s.RetryAt
		}
		if calls != tries {
			t.Errorf("%d tries, want %d", calls, tries)
		}
		if !s.Final || s.Status != notification.StatusFailed {
			t.Errorf("%d tries leave %+v", tries, s)
		}
	}
}

func TestNotAllComeAgainAtOnce(t *testing.T) {
	p := three()
	at := map[time.Time]bool{}
	for i := range 20 {
		s := notification.State{NotificationID: fmt.Sprint("n", i), Status: notification.StatusSending, Try: 1, ExpiresAt: noon.Add(time.Hour)}
		d := decide.End(s, "u1", *refused(1, true), p, noon)
		again := d.Timers[0].At
		if again.Before(noon.Add(p.Backoff)) || again.After(noon.Add(p.Backoff*5/4)) {
			t.Errorf("comes again after %v", again.Sub(noon))
		}
		if !decide.End(s, "u1", *refused(1, true), p, noon).Timers[0].At.Equal(again) {
			t.Error("the same decision is another one when it is replayed")
		}
		at[again] = true
	}
	if len(at) < 15 {
		t.Errorf("20 notifications come again at %d times", len(at))
	}
}

func TestWhatIsAskedFor(t *testing.T) {
	for name, c := range map[string]struct {
		state notification.State
		asks  bool
	}{
		"a new one":                         {notification.State{}, false},
		"one that may be called for now":    {notification.State{Status: notification.StatusSending, Since: noon.Add(-time.Second), Try: 1}, false},
		"one that a crash cut off":          {notification.State{Status: notification.StatusSending, Since: noon.Add(-time.Minute), Try: 1}, true},
		"one whose answer was lost":         {notification.State{Status: notification.StatusFailed, Reason: notification.UnknownOutcome, RetryAt: noon, Try: 1}, true},
		"one whose time has not come":       {notification.State{Status: notification.StatusFailed, Reason: notification.UnknownOutcome, RetryAt: noon.Add(1), Try: 1}, false},
		"one that is named unknown at last": {notification.State{Status: notification.StatusFailed, Reason: notification.UnknownOutcome, Final: true, Try: 1}, false},
		"one that was refused":              {notification.State{Status: notification.StatusFailed, Reason: notification.ProviderDown, Try: 1}, false},
	} {
		if _, asks := decide.Asks(c.state, decide.Defaults(), noon); asks != c.asks {
			t.Errorf("%s: asks %v", name, asks)
		}
	}
}

func TestWhatItsProviderKnowsNothingOfIsToldAsFailed(t *testing.T) {
	p := three()
	for said, want := range map[decide.Evidence]notification.Reason{
		decide.NotTaken: notification.ProviderDown, decide.Unasked: notification.UnknownOutcome,
	} {
		s := notification.State{NotificationID: "n1", Status: notification.StatusSending, Since: noon, Try: 1}
		now := noon.Add(time.Minute)
		s = evolve(t, s, decide.Begin(s, *answered(1, said), p, now).Events, now)
		end := decide.End(s, "u1", decide.Ended{Try: 2, Reason: notification.ProviderDown}, p, now)
		if f := end.Events[0].(*notification.Failed); f.Reason != want {
			t.Errorf("after %v it is told as %s, want %s", said, f.Reason, want)
		}
	}
}

func TestWhatMayHaveGoneOutBeforeACrashIsNotToldAsFailed(t *testing.T) {
	s := notification.State{NotificationID: "n1", Status: notification.StatusSending, Try: 3, ExpiresAt: noon.Add(time.Hour), Unsure: true}
	for _, c := range []struct{ said, want notification.Reason }{
		{notification.ProviderDown, notification.UnknownOutcome}, {notification.BadAddress, notification.BadAddress},
	} {
		d := decide.End(s, "u1", decide.Ended{Try: 3, Reason: c.said}, three(), noon)
		if f := d.Events[0].(*notification.Failed); f.Reason != c.want || !f.Final {
			t.Errorf("%s: told as %+v", c.said, f.Outcome)
		}
	}
}
