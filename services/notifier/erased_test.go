package notifier_test

import (
	"testing"
	"time"

	"countersign/pkg/events/enrollment"
)

func erasure(user string) *enrollment.UserErased {
	now := time.Now()
	return &enrollment.UserErased{User: user, Receipt: enrollment.Receipt{ID: "receipt-" + user, ErasedAt: now, CompleteAt: now.AddDate(0, 0, 30)}}
}

func TestWhatWaitedForAnErasedUserIsNotSent(t *testing.T) {
	f := start(t, unhurried)
	f.enrolled("ann-1", mailbox)
	failed, goOn := f.holdsFailures()
	f.mails.Script(relay(451, 4, 3, 0))
	c := f.challengedOnce("ann-1", "l1")
	<-failed
	f.User("ann-1").Enrollment(erasure("ann-1"))
	goOn()
	f.wantEnds(c.ChallengeID, "failed provider_down, not final", "suppressed superseded")
	f.wantArrivals(mailbox, 1)
}
