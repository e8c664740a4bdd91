package decide_test

import (
	"testing"
	"time"

	"countersign/pkg/events/notification"
	"countersign/services/notifier/internal/decide"
)

var (
	has     = decide.Reported{Provider: "smtp", ProviderRef: "r1", Taken: true}
	arrived = decide.Reported{Provider: "smtp", ProviderRef: "r1", Arrived: true}
	nobodys = decide.Reported{Provider: "smtp", ProviderRef: "r1", Reason: notification.BadAddress, Code: "30005"}
	passing = decide.Reported{Provider: "smtp", ProviderRef: "r1", Reason: notification.Unreachable, Temporary: true}
)

// returned is a mail of a try that came back; all tries have one name at the relay.
func returned(try int) decide.Reported {
	return decide.Reported{Provider: "smtp", Try: try, Reason: notification.BadAddress, Code: "5.1.1"}
}

func TestWhichFailuresAreTheAddresss(t *testing.T) {
	s := notification.State{NotificationID: "n1", Provider: "smtp", Status: notification.StatusSending, Try: 1, ExpiresAt: noon.Add(time.Hour)}
	for _, c := range []struct {
		why              notification.Reason
		temporary, wants bool
	}{
		{notification.BadAddress, false, true}, {notification.Unreachable, false, true}, {notification.Unreachable, true, false},
		{notification.OptedOut, false, false}, {notification.ProviderDown, false, false}, {notification.UnknownOutcome, false, false},
	} {
		p := decide.Policy{Tries: 1, Pace: decide.Defaults()}
		for _, d := range []decide.Decision{
			decide.End(s, "u1", decide.Ended{Try: 1, Reason: c.why, Temporary: c.temporary}, p, noon),
			decide.Report(s, "u1", decide.Reported{Provider: "smtp", Try: 1, Reason: c.why, Temporary: c.temporary}, p, noon),
		} {
			if f := d.Events[0].(*notification.Failed); !f.Final || f.Record.Bounced != c.wants {
				t.Errorf("%s, temporary %v: %+v", c.why, c.temporary, f.Record)
			}
		}
	}
}

func ref(in decide.Reported, name string) *decide.Reported { in.ProviderRef = name; return &in }

func TestReportsInAnyOrder(t *testing.T) {
	begun := step{due: due(wanted()), want: "sending", call: true}
	sent := step{ended: &decide.Ended{Try: 1, ProviderRef: "r1", Awaits: true}, want: "sent"}
	says := func(r decide.Reported, want string) step { return step{after: time.Second, report: &r, want: want} }
	for _, sc := range []struct {
		name  string
		steps []step
	}{
		{"it was taken and arrives", []step{begun, sent, says(has, "nothing"), says(arrived, "delivered"), says(arrived, "nothing")}},
		{"reports overtake the answer", []step{begun, says(has, "sent"), {ended: &decide.Ended{Try: 1, ProviderRef: "r1"}, want: "nothing"}, says(arrived, "delivered")}},
		{"the arrival overtakes everything", []step{begun, says(arrived, "delivered"), {ended: &decide.Ended{Try: 1, ProviderRef: "r1"}, want: "nothing"}, says(has, "nothing"), says(nobodys, "nothing")}},
		{"it does not arrive", []step{begun, sent, says(nobodys, "failed"), says(nobodys, "nothing"), says(has, "nothing"), says(arrived, "nothing")}},
		{"what may pass is tried again", []step{
			begun, sent, says(passing, "failed retry_due"), says(passing, "nothing"),
			{after: 3 * time.Second, due: timer(2), want: "sending", call: true},
			{after: 3 * time.Second, ended: &decide.Ended{Try: 2, ProviderRef: "r2", Awaits: true}, want: "sent"},
			says(passing, "nothing"), // of the first text
			{after: 4 * time.Second, report: ref(passing, "r2"), want: "failed retry_due"},
		}},
		{"the first text arrives after all", []step{
			begun, sent, says(passing, "failed retry_due"),
			{after: 3 * time.Second, due: timer(2), want: "sending", call: true},
			{after: 3 * time.Second, ended: &decide.Ended{Try: 2, ProviderRef: "r2", Awaits: true}, want: "sent"},
			says(arrived, "delivered"),
		}},
		{"a report settles an outcome that nobody knew", []step{
			begun, {ended: lost(1), want: "failed retry_due"}, says(has, "sent"), {after: 2 * time.Second, due: timer(2), want: "nothing"},
		}},
		{"a report of failure settles it as well", []step{
			begun, {ended: lost(1), want: "failed retry_due"}, says(nobodys, "failed"), {after: 2 * time.Second, due: timer(2), want: "nothing"},
		}},
		{"after the last try there is none", []step{
			begun, sent, says(passing, "failed retry_due"),
			{after: 3 * time.Second, due: timer(2), want: "sending", call: true},
			{after: 3 * time.Second, ended: &decide.Ended{Try: 2, ProviderRef: "r2", Awaits: true}, want: "sent"},
			{after: 3 * time.Second, report: ref(passing, "r2"), want: "failed retry_due"},
			{after: 20 * time.Second, due: timer(3), want: "sending", call: true},
			{after: 20 * time.Second, ended: &decide.Ended{Try: 3, ProviderRef: "r3", Awaits: true}, want: "sent"},
			{after: 20 * time.Second, report: ref(passing, "r3"), want: "failed"},
		}},
		{"a mail comes back of the try before the last: its own will come back as well", []step{
			begun, {after: 30 * time.Second, due: due(wanted()), want: "sending", call: true}, // the first was cut off
			{after: 31 * time.Second, ended: &decide.Ended{Try: 2, ProviderRef: "r1", Awaits: true}, want: "sent"},
			says(returned(1), "nothing"), says(returned(2), "failed"), says(returned(2), "nothing"), says(returned(1), "nothing"),
		}},
		{"a mail comes back before the relay's answer is known", []step{begun, says(returned(1), "failed"), {ended: taken, want: "nothing"}}},
		{"a mail that nothing more would be told of comes back", []step{begun, {ended: taken, want: "sent"}, says(returned(1), "nothing")}},
		{"what says nothing is no news", []step{begun, sent, says(decide.Reported{Provider: "smtp", ProviderRef: "r1"}, "nothing")}},
		{"a report of what was never sent is no news", []step{says(arrived, "nothing"), says(nobodys, "nothing")}},
		{"a provider that was not asked has nothing to say", []step{begun, sent, says(decide.Reported{Provider: "other", ProviderRef: "x", Reason: notification.BadAddress}, "nothing")}},
	} {
		t.Run(sc.name, func(t *testing.T) { run(t, sc.steps) })
	}
}
