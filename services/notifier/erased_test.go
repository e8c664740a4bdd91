package notifier_test

import (
	"sync"
	"testing"
	"time"

	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/workertest"
)

func erasure(user string) *enrollment.UserErased {
	now := time.Now()
	return &enrollment.UserErased{User: user, Receipt: enrollment.Receipt{ID: "receipt-" + user, ErasedAt: now, CompleteAt: now.AddDate(0, 0, 30)}}
}

func TestWhatWaitedForAnErasedUserIsNotSent(t *testing.T) {
	f := start(t)
	f.enrolled("ann-1", mailbox)
	failed, erased := make(chan struct{}), make(chan struct{})
	told := sync.OnceFunc(func() { close(failed) })
	f.Store.Break(workertest.Faults{After: func(c workertest.Call) error {
		if commits(c, notification.FailedType) {
			told()
			<-erased // before its timer is set
		}
		return nil
	}})
	f.mails.Script(relay(451, 4, 3, 0))
	c := f.challengedOnce("ann-1", "l1")
	f.User("ann-1").Enrollment(erasure("ann-1"))
	close(erased)
	f.wantEnds(c.ChallengeID, "failed provider_down, not final", "suppressed superseded")
	f.wantArrivals(mailbox, 1)
}
