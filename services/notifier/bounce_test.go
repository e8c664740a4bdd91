package notifier_test

import (
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker/workertest"
	"countersign/services/notifier/sink"
)

func (f *fixture) status(user string) (s guard.UserStatus) {
	f.t.Helper()
	if err := f.RPC("user", "status", guard.UserStatusRequest{User: user}, &s); err != nil {
		f.t.Fatal(err)
	}
	return s
}

// undeliverable awaits what the user's status says of the one contact and the one factor that there are.
func (f *fixture) undeliverable(user string, want bool) {
	f.t.Helper()
	f.Quiet()
	s := f.status(user)
	if len(s.Contacts) != 1 || len(s.Factors) != 1 {
		f.t.Fatalf("status %+v", s)
	}
	if s.Contacts[0].UndeliverableSince.IsZero() == want || s.Factors[0].UndeliverableSince.IsZero() == want {
		f.t.Errorf("undeliverable are %+v and %+v, want %v", s.Contacts, s.Factors, want)
	}
}

func TestAnAddressThatTheRelayRefusesForGoodIsToldInTheUsersStatus(t *testing.T) {
	f := start(t)
	f.enrolled("ann-1", mailbox)
	f.undeliverable("ann-1", false)
	f.mails.Script(relay(550, 5, 1, 1))
	c := f.challenged("ann-1", "l1")
	f.wantEnds(c.ChallengeID, "failed bad_address")
	f.undeliverable("ann-1", true)
	f.ReplayAll()
	f.undeliverable("ann-1", true)
}

func TestARefusalThatIsNotTheAddresssFaultMarksNothing(t *testing.T) {
	for name, meets := range map[string][]sink.MailFault{
		"the relay's policy": {relay(550, 5, 7, 1)},
		"a mailbox that is busy, until nobody tries any more": {relay(450, 4, 2, 1), relay(450, 4, 2, 1), relay(450, 4, 2, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t)
			f.enrolled("ann-1", mailbox)
			f.mails.Script(meets...)
			c := f.challenged("ann-1", "l1")
			f.Await("the end of the code", 1, func(e workertest.Event) bool {
				o, ok := outcomeOf(e)
				return ok && o.record.About == c.ChallengeID && o.final
			})
			f.undeliverable("ann-1", false)
		})
	}
}

// A text of which a report says that it arrived takes the mark of an earlier one away.
func TestANumberThatIsReachedAgainIsMarkedNoLonger(t *testing.T) {
	r := reports(t)
	r.enrolled("ann-1", number)
	r.texts.Script(sink.Undelivered(30005))
	r.challenged("ann-1", "l1")
	r.Await("the text that came back", 1, func(e workertest.Event) bool {
		o, ok := outcomeOf(e)
		return ok && o.said == "failed bad_address"
	})
	r.undeliverable("ann-1", true)
	second := r.challenged("ann-1", "l2")
	r.awaitWord("a delivery", second.ChallengeID)
	r.undeliverable("ann-1", false)
}

func TestAContactThatIsReportedOnceMoreIsMarkedNoLonger(t *testing.T) {
	f := start(t)
	report := &enrollment.ContactsReported{User: "ann-1", Email: events.NewSecret(mailbox)}
	workertest.As[*enrollment.ContactsChanged](f.House, f.Ask(report))
	f.mails.Script(relay(550, 5, 1, 1))
	e := f.requests("ann-1", mailbox)
	f.wantEnds(e.EnrollmentID, "failed bad_address")
	if s := f.status("ann-1"); s.Contacts[0].UndeliverableSince.IsZero() {
		t.Errorf("status %+v", s)
	}
	workertest.As[*enrollment.ContactsChanged](f.House, f.Ask(report))
	f.Quiet()
	if s := f.status("ann-1"); !s.Contacts[0].UndeliverableSince.IsZero() {
		t.Errorf("status %+v", s)
	}
}
