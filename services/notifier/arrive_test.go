package notifier_test

import (
	"strconv"
	"strings"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
	"countersign/services/notifier/sink"
)

const (
	mailbox  = "ann@example.org"
	mailbox2 = "ann.new@example.org"
	number   = "+15551230199"
	number2  = "+15551230200"
)

func TestTheCodesThatArriveAreAccepted(t *testing.T) {
	f := start(t)
	for user, to := range map[string]string{"ann-1": mailbox, "bob-1": number} {
		f.enrolled(user, to)
		c := f.challenged(user, "l1")
		m := f.awaitArrival(to, 2)
		f.passes(user, c.ChallengeID, codeIn(m))
		f.wantEnds(c.ChallengeID, "sent")
		if strings.Contains(m.Subject, codeIn(m)) || m.HTML != "" && !strings.Contains(m.HTML, codeIn(m)) {
			t.Errorf("the code stands in the subject, or not in the HTML of %+v", m)
		}
	}
	f.ReplayAll()
	if n := len(f.taken()); n != 4 {
		t.Errorf("%d messages arrived, want 4", n)
	}
}

func TestCodesOfSevenDigitsArriveAsWell(t *testing.T) {
	f := start(t, with(func(p *policy.Policy) { p.Code.Digits = 7 }))
	f.enrolled("ann-1", mailbox)
	if code := codeIn(f.awaitArrival(mailbox, 1)); len(code) != 7 {
		t.Errorf("%s arrived", code)
	}
}

func TestAResendBringsAnotherCodeAndTheFormerIsDead(t *testing.T) {
	f := start(t)
	first := f.requests("ann-1", mailbox)
	f.awaitArrival(mailbox, 1)
	f.Ask(&enrollment.ResendRequested{User: "ann-1", EnrollmentID: first.EnrollmentID})
	former, code := codeIn(f.awaitArrival(mailbox, 1)), codeIn(f.awaitArrival(mailbox, 2))
	if former == code {
		t.Fatalf("both sendings brought %s", code)
	}
	workertest.As[*enrollment.CodeRejected](f.House, f.Ask(&enrollment.CodeSubmitted{
		User: "ann-1", EnrollmentID: first.EnrollmentID, Code: events.NewSecret(former),
	}))
	f.activates("ann-1", first.EnrollmentID, code)
}

func TestTheNotifierHasNoSeedKeys(t *testing.T) {
	var kit worker.Kit
	f := start(t, func(o *options) { o.table = func(k worker.Kit) { kit = k } })
	f.enrolled("ann-1", mailbox)
	ann := f.User("ann-1")
	if _, err := kit.Rings.Key(t.Context(), keyring.Delivery, workertest.Acme, ann.Key, ann.Ref()); err != nil {
		t.Errorf("the delivery key: %v", err)
	}
	if _, err := kit.Rings.Key(t.Context(), keyring.Seed, workertest.Acme, ann.Key, ann.Ref()); err == nil {
		t.Error("the notifier has the seed key")
	}
}

func TestAChangedContactIsToldToTheFormerOneAlone(t *testing.T) {
	f := start(t)
	report := func(email, phone string) workertest.Event {
		e := f.Ask(&enrollment.ContactsReported{User: "ann-1", Email: events.NewSecret(email), Phone: events.NewSecret(phone)})
		workertest.As[*enrollment.ContactsChanged](f.House, e)
		return e
	}
	report(mailbox, number)
	changed := report(mailbox2, number2)
	f.wantEnds(changed.Envelope.CausationID, "sent", "sent")
	for _, to := range []string{mailbox, number} {
		if got := f.arrived(to); len(got) != 1 || !mentions(got[0], "another") {
			t.Errorf("arrived at the former %s: %v", to, got)
		}
	}
	for _, to := range []string{mailbox2, number2} {
		if got := f.arrived(to); len(got) != 0 {
			t.Errorf("arrived at the new %s: %v", to, got)
		}
	}
}

func TestAChangedContactIsToldToTheOneThatStays(t *testing.T) {
	f := start(t)
	first := &enrollment.ContactsReported{User: "ann-1", Email: events.NewSecret(mailbox), Phone: events.NewSecret(number)}
	workertest.As[*enrollment.ContactsChanged](f.House, f.Ask(first))
	changed := f.Ask(&enrollment.ContactsReported{User: "ann-1", Email: events.NewSecret(mailbox2)})
	f.wantEnds(changed.Envelope.CausationID, "sent", "sent")
	for to, want := range map[string]int{mailbox: 1, number: 1, mailbox2: 0} {
		if got := f.arrived(to); len(got) != want {
			t.Errorf("arrived at %s: %v", to, got)
		}
	}
}

// The former contact is forgotten after some more changes: by then the present one must not be told that it was replaced.
func TestAFormerContactThatIsForgottenIsNotMistakenForThePresentOne(t *testing.T) {
	f := start(t)
	report := func(email string) workertest.Event {
		return f.Ask(&enrollment.ContactsReported{User: "ann-1", Email: events.NewSecret(email)})
	}
	report(mailbox)
	f.Drain("notifier")
	first := report("a1@example.org")
	for i := range 20 {
		report("b" + strconv.Itoa(i) + "@example.org")
	}
	report("a5@example.org")
	f.Wake("notifier")
	f.wantEnds(first.Envelope.CausationID, "suppressed superseded")
	if got := f.arrived("a5@example.org"); len(got) != 0 {
		t.Errorf("arrived at the present one: %v", got)
	}
}

func TestAResetIsToldToEveryContact(t *testing.T) {
	f := start(t)
	f.Ask(&enrollment.ContactsReported{User: "ann-1", Email: events.NewSecret(mailbox), Phone: events.NewSecret(number)})
	e := f.requests("ann-1", number)
	f.activates("ann-1", e.EnrollmentID, codeIn(f.awaitArrival(number, 1)))
	workertest.As[*enrollment.FactorRemoved](f.House, f.Ask(&enrollment.ResetRequested{
		User: "ann-1", By: "staff-7", Reason: events.NewSecret("lost everything"),
	}))
	for to, m := range map[string]sink.Message{mailbox: f.awaitArrival(mailbox, 1), number: f.awaitArrival(number, 2)} {
		if !mentions(m, "removed every second step") {
			t.Errorf("arrived at %s: %q", to, m.Text)
		}
	}
}

// mentions reads across the ends of lines.
func mentions(m sink.Message, words string) bool {
	return strings.Contains(strings.Join(strings.Fields(m.Text), " "), words)
}

func TestAnErasedUserIsNotWrittenTo(t *testing.T) {
	f := start(t)
	f.enrolled("ann-1", mailbox)
	f.Drain("notifier")
	c := f.challenged("ann-1", "l1")
	f.Keys.Break(func() error { return keyring.ErrNoKeyring })
	f.Wake("notifier")
	f.wantEnds(c.ChallengeID, "suppressed superseded")
}
