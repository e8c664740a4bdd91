package notifier_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
)

func TestAnExpiredCodeIsNotSent(t *testing.T) {
	f := start(t, asleep, with(func(p *policy.Policy) { p.Code.Life = time.Millisecond }))
	f.Wake("enroll")
	e := f.requests("ann-1", mailbox)
	f.Wake("notifier")
	f.wantEnds(e.EnrollmentID, "suppressed expired")
	f.wantArrivals(mailbox, 0)
}

// Time goes by the bus and by this machine's clock, whichever is later: no dead code is sent.
func TestACodeThatExpiredWhileItsRequestWaitedIsNotSent(t *testing.T) {
	f := start(t)
	f.enrolled("ann-1", mailbox)
	f.Drain("notifier")
	c := f.challenged("ann-1", "l1")
	f.Clock.Ahead(5*time.Minute + time.Second)
	f.Wake("notifier")
	f.wantEnds(c.ChallengeID, "suppressed expired")
}

func TestACodeThatAResendOvertookIsNotSent(t *testing.T) {
	f := start(t)
	f.enrolled("ann-1", mailbox)
	f.Drain("notifier")
	c := f.challenged("ann-1", "l1")
	workertest.As[*guard.ChallengeIssued](f.House, f.Ask(&guard.ResendRequested{User: "ann-1", ChallengeID: c.ChallengeID}))
	f.Wake("notifier")
	f.wantEnds(c.ChallengeID, "suppressed superseded", "sent")
	f.passes("ann-1", c.ChallengeID, codeIn(f.awaitArrival(mailbox, 2)))
	f.wantArrivals(mailbox, 2)
}

func TestTheCodeOfAChallengeThatWasAnsweredIsNotSent(t *testing.T) {
	f := start(t)
	f.enrolled("ann-1", number)
	f.Drain("notifier")
	c := f.challenged("ann-1", "l1")
	f.passes("ann-1", c.ChallengeID, f.User("ann-1").Sent(c.ChallengeID, 1))
	f.Wake("notifier")
	f.wantEnds(c.ChallengeID, "suppressed superseded")
	f.wantArrivals(number, 1)
}

// holdsFailures keeps every failure from going further once it stands in its stream, before the timer of its retry is set, until goOn.
func (f *fixture) holdsFailures() (failed <-chan struct{}, goOn func()) {
	reached, until := make(chan struct{}), make(chan struct{})
	told := sync.OnceFunc(func() { close(reached) })
	f.Store.Break(workertest.Faults{After: func(c workertest.Call) error {
		if commits(c, notification.FailedType) {
			told()
			<-until
		}
		return nil
	}})
	goOn = sync.OnceFunc(func() { close(until) })
	f.t.Cleanup(goOn)
	return reached, goOn
}

// A retry looks again: what was answered in the meantime is not sent.
func TestARetryOfWhatWasAnsweredIsNotSent(t *testing.T) {
	f := start(t, unhurried)
	f.enrolled("ann-1", mailbox)
	failed, goOn := f.holdsFailures()
	f.mails.Script(relay(451, 4, 3, 0))
	c := f.challengedOnce("ann-1", "l1")
	<-failed
	f.passes("ann-1", c.ChallengeID, f.User("ann-1").Sent(c.ChallengeID, 1))
	goOn()
	f.wantEnds(c.ChallengeID, "failed provider_down, not final", "suppressed superseded")
	f.wantArrivals(mailbox, 1)
}

// What cannot be read must not come back for ever.
func TestWhatCannotBeReadIsTriedUntilItExpires(t *testing.T) {
	f := start(t)
	f.enrolled("ann-1", mailbox)
	f.Drain("notifier")
	c := f.challenged("ann-1", "l1")
	asked := make(chan struct{}, 1)
	f.Keys.Break(func() error {
		select {
		case asked <- struct{}{}:
		default:
		}
		return errors.New("the keys are away")
	})
	f.Wake("notifier")
	<-asked
	f.Clock.Ahead(5*time.Minute + time.Second)
	f.wantEnds(c.ChallengeID, "suppressed expired")
}
