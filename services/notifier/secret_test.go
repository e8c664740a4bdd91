package notifier_test

import (
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
	"countersign/services/notifier/sink"
)

// Codes have eight digits here, because six are found in some time of the day by chance.
func TestNoAddressNumberOrCodeRestsAnywhere(t *testing.T) {
	f := start(t, with(func(p *policy.Policy) { p.Code.Digits = 8 }))
	canaries := []string{mailbox, number, "+15005550004"}
	f.mails.Script(relay(451, 4, 3, 0), sink.DropBeforeReply())
	f.texts.Script(sink.TooManyTexts())
	gone := f.requests("cyd-1", mailbox)
	f.wantEnds(gone.EnrollmentID, "failed provider_down, not final", "failed unknown_outcome")
	for user, to := range map[string]string{"ann-1": mailbox, "bob-1": number} {
		f.enrolled(user, to)
		n := len(f.arrived(to))
		c := f.challenged(user, "l1")
		f.passes(user, c.ChallengeID, codeIn(f.awaitArrival(to, n+1)))
	}
	refused := f.requests("dan-1", "+15005550004")
	f.wantEnds(refused.EnrollmentID, "failed opted_out")
	f.mails.Script(relay(550, 5, 1, 1))
	bounced := f.requests("eve-1", mailbox)
	f.wantEnds(bounced.EnrollmentID, "failed bad_address")
	for _, m := range f.taken() {
		if len(codeIn(m)) != 8 {
			t.Errorf("%q brings no code", m.Text)
		}
		canaries = append(canaries, codeIn(m))
	}
	f.SearchFor(canaries...)
}

func TestANotificationThatNobodyCanWriteIsADeadLetter(t *testing.T) {
	f := start(t)
	f.enrolled("ann-1", mailbox)
	ann := f.User("ann-1")
	unknown := &notification.Requested{
		User: "ann-1", NotificationID: "n-1", Channel: notification.Email, Template: "birthday", About: "b-1", ExpiresAt: time.Now().Add(time.Hour),
	}
	data, _, err := events.Marshal(unknown)
	if err != nil {
		t.Fatal(err)
	}
	f.publishAgain(workertest.Event{Platform: workertest.Acme, UserKey: ann.Key, Envelope: events.Envelope{
		ID: "e-1", Source: "/countersign/recovery", Type: notification.RequestedType, Time: time.Now(), Subject: "ann-1", CausationID: "x", Data: data,
	}})
	c := f.challenged("ann-1", "l1")
	f.passes("ann-1", c.ChallengeID, codeIn(f.awaitArrival(mailbox, 2)))
	f.Quiet()
	stream, err := f.js().Stream(t.Context(), bus.StreamDead)
	if err != nil {
		t.Fatal(err)
	}
	letter, err := stream.GetLastMsgForSubject(t.Context(), events.DeadSubject(workertest.Acme, notification.Worker, "notification", "requested"))
	if err != nil {
		t.Fatal(err)
	}
	if why := letter.Header.Get("dead-reason"); why != "unknown_template" || stream.CachedInfo().State.Msgs != 1 {
		t.Errorf("a dead letter because of %q, and %d in all", why, stream.CachedInfo().State.Msgs)
	}
	if said := f.said("b-1"); len(said) != 0 {
		t.Errorf("said was %q", said)
	}
}
