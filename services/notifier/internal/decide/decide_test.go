package decide_test

import (
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/services/notifier/internal/decide"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func wanted() decide.Due {
	return decide.Due{Stands: true, Provider: "smtp", Requested: notification.Requested{
		User: "u1", NotificationID: "n1", Channel: notification.Email, Template: notification.LoginCode, About: "c1",
		ExpiresAt: noon.Add(5 * time.Minute),
	}}
}

// A step is one decision at a time after noon, in a history that each goes on with.
type step struct {
	after time.Duration
	due   *decide.Due
	ended *decide.Ended
	want  string // types of the events, "wait" or "nothing"
	call  bool
}

func due(d decide.Due) *decide.Due { return &d }

func timer(try int) *decide.Due { d := wanted(); d.Try = try; return &d }

func superseded() *decide.Due { d := wanted(); d.Stands = false; return &d }

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
	{"no try is planned for when the code is dead", []step{
		{after: 4*time.Minute + 59*time.Second, due: due(wanted()), want: "sending", call: true},
		{after: 4*time.Minute + 59*time.Second, ended: refused(1, true), want: "failed"},
	}},
}

func TestNotifications(t *testing.T) {
	for _, sc := range scenarios {
		t.Run(sc.name, func(t *testing.T) {
			var s notification.State
			for i, st := range sc.steps {
				now := noon.Add(st.after)
				var d decide.Decision
				if st.due != nil {
					d = decide.Begin(s, *st.due, decide.Defaults(), now)
				} else {
					d = decide.End(s, "u1", *st.ended, decide.Defaults(), now)
				}
				if got := says(d); got != st.want || d.Call != st.call {
					t.Fatalf("step %d: decided %q and call %v, want %q and %v", i+1, got, d.Call, st.want, st.call)
				}
				s = evolve(t, s, d.Events, now)
			}
		})
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
