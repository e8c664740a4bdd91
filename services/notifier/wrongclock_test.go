package notifier_test

import (
	"testing"
	"time"

	"countersign/pkg/worker/workertest"
)

// A clock that is ahead by more than a code lives says of every one that it has expired; one that is behind sends it when it has.
func TestANotifierWhoseClockIsWrongSendsEveryCode(t *testing.T) {
	for name, off := range map[string]time.Duration{"ten minutes ahead": 10 * time.Minute, "ten minutes behind": -10 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			f := start(t, asleep)
			f.Wake("enroll")
			right, clock := f.Wake("notifier")[0], &workertest.Clock{}
			f.WakeOn("notifier", workertest.Machine{Clock: clock})
			clock.Ahead(off)
			f.asksMany(0, 8)
			if err := right.Drain(); err != nil {
				t.Fatal(err)
			}
			f.asksMany(8, 4) // of the one that is wrong
		})
	}
}

// asksMany wants every code that some users ask for to arrive.
func (f *fixture) asksMany(from, n int) {
	f.t.Helper()
	about := map[string]string{}
	for i := from; i < from+n; i++ {
		user, to := many(i)
		about[to] = f.requests(user, to).EnrollmentID
	}
	for to, id := range about {
		f.wantEnds(id, "sent")
		f.wantArrivals(to, 1)
	}
}
