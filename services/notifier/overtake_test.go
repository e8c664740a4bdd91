package notifier_test

import (
	"sync"
	"testing"
	"time"

	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker/workertest"
	"countersign/services/notifier/sink"
)

func (f *fixture) resends(user, enrollmentID string) {
	f.t.Helper()
	workertest.As[*enrollment.SecretCreated](f.House, f.Ask(&enrollment.ResendRequested{User: user, EnrollmentID: enrollmentID}))
}

// stalls has the relay hold up the mail that asking brings, until the returned function is called.
func (f *fixture) stalls(asking func() *enrollment.SecretCreated) (about string, goOn func()) {
	f.t.Helper()
	reached, until := make(chan struct{}), make(chan struct{})
	f.mails.Script(sink.HoldAtSender(reached, until))
	goOn = sync.OnceFunc(func() { close(until) })
	f.t.Cleanup(goOn)
	about = asking().EnrollmentID
	select {
	case <-reached:
	case <-time.After(workertest.Patience):
		f.t.Fatal("no mail reaches the relay")
	}
	return about, goOn
}

func TestANewerCodeOvertakesOneThatAStalledRelayHolds(t *testing.T) {
	f := start(t, unhurried)
	about, goOn := f.stalls(func() *enrollment.SecretCreated { return f.requests("ann-1", mailbox) })
	f.resends("ann-1", about)
	if code := codeIn(f.awaitArrival(mailbox, 1)); code != f.User("ann-1").Sent(about, 2) {
		t.Errorf("%s arrived, want the newer one", code)
	}
	f.Await("the newer one is sent", 1, func(e workertest.Event) bool {
		o, ok := outcomeOf(e)
		return ok && o.record.About == about && o.said == "sent"
	})
	f.Clock.Ahead(time.Second)
	goOn()
	f.wantEnds(about, "sent", "suppressed superseded")
	f.wantArrivals(mailbox, 1)
}

func TestANewerCodeDoesNotWaitForTheOutcomeOfAnOlderOne(t *testing.T) {
	f := start(t, calls(4*time.Second))
	f.enrolled("ann-1", mailbox)
	f.mails.Script(sink.StallAfterData())
	c := f.challenged("ann-1", "l1")
	f.awaitArrival(mailbox, 2)
	workertest.As[*guard.ChallengeIssued](f.House, f.Ask(&guard.ResendRequested{User: "ann-1", ChallengeID: c.ChallengeID}))
	f.passes("ann-1", c.ChallengeID, codeIn(f.awaitArrival(mailbox, 3)))
	f.wantEnds(c.ChallengeID, "sent", "failed unknown_outcome")
	f.wantArrivals(mailbox, 3)
}

func TestACodeThatExpiresOnItsWayToTheRelayDoesNotArrive(t *testing.T) {
	f := start(t, unhurried)
	about, goOn := f.stalls(func() *enrollment.SecretCreated { return f.requests("ann-1", mailbox) })
	f.Clock.Ahead(6 * time.Minute)
	goOn()
	f.wantEnds(about, "suppressed expired")
	f.wantArrivals(mailbox, 0)
}

func TestACodeThatTheRelayHoldsUpArrivesWhereNoneIsNewer(t *testing.T) {
	f := start(t, unhurried)
	about, goOn := f.stalls(func() *enrollment.SecretCreated { return f.requests("ann-1", mailbox) })
	f.Clock.Ahead(time.Second)
	goOn()
	f.wantEnds(about, "sent")
	f.wantArrivals(mailbox, 1)
}
