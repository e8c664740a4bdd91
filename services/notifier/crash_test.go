package notifier_test

import (
	"context"
	"slices"
	"strconv"
	"testing"
	"time"

	"countersign/pkg/events/notification"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
	"countersign/services/notifier/sink"
)

// commits says of a call whether it appends an event of a type.
func commits(c workertest.Call, name string) bool {
	return c.Op == workertest.Append && slices.ContainsFunc(c.Commit.Events, func(e eventstore.Event) bool { return e.Type == name })
}

// once is true of the nth append of an event of a type, and only then.
func once(name string, n int) func(workertest.Call) bool {
	nth := make(chan struct{}, 100)
	return func(c workertest.Call) bool {
		if !commits(c, name) {
			return false
		}
		nth <- struct{}{}
		return len(nth) == n
	}
}

type crash struct {
	name          string
	mails         []sink.MailFault
	before, after func(workertest.Call) bool // the append at which the worker dies
	want          []string
	arrives       int
}

func crashes() []crash {
	return []crash{
		{
			name:  "a worker that dies with its intent kept has not sent: another does",
			after: once(notification.SendingType, 1), want: []string{"sent"}, arrives: 1,
		},
		{
			name:   "a worker that dies before it keeps what the provider said may have sent: another sends the same code",
			before: once(notification.SentType, 1), want: []string{"sent"}, arrives: 2,
		},
		{
			name:  "a worker that dies with the outcome kept has not told it: another tells it and sends nothing",
			after: once(notification.SentType, 1), want: []string{"sent"}, arrives: 1,
		},
		{
			name: "a worker that dies in a retry leaves it to another", mails: []sink.MailFault{relay(451, 4, 3, 0)},
			after: once(notification.SendingType, 2), want: []string{"failed provider_down, not final", "sent"}, arrives: 1,
		},
		{
			name: "a worker that dies before it keeps a refusal leaves the next try to another", mails: []sink.MailFault{relay(451, 4, 3, 0)},
			before: once(notification.FailedType, 1), want: []string{"sent"}, arrives: 1,
		},
		{
			name: "a worker that dies before its retry's timer is set has kept it: another sets it", mails: []sink.MailFault{relay(451, 4, 3, 0)},
			after: once(notification.FailedType, 1), want: []string{"failed provider_down, not final", "sent"}, arrives: 1,
		},
	}
}

func TestAWorkerThatDies(t *testing.T) {
	for _, c := range crashes() {
		t.Run(c.name, func(t *testing.T) {
			f := start(t, asleep, calls(1500*time.Millisecond))
			f.GiveUpAfter(500 * time.Millisecond)
			f.Wake("enroll")
			dying := f.Wake("notifier")[0]
			f.Store.Break(workertest.Faults{Before: dies(dying, c.before), After: dies(dying, c.after)})
			f.mails.Script(c.mails...)
			e := f.requests("ann-1", mailbox)
			<-dying.Failed()
			f.Wake("notifier")
			f.wantEnds(e.EnrollmentID, c.want...)
			f.wantArrivals(mailbox, c.arrives)
			f.wantCode(mailbox, f.User("ann-1").Sent(e.EnrollmentID, 1))
		})
	}
}

func dies(r *workertest.Replica, at func(workertest.Call) bool) func(workertest.Call) error {
	if at == nil {
		return nil
	}
	return func(c workertest.Call) error {
		if !at(c) {
			return nil
		}
		r.Kill()
		return eventstore.ErrClosed
	}
}

func triesAtMost(n int) func(*options) {
	return with(func(p *policy.Policy) { p.Notification.Tries = n })
}

func TestOutcomesThatAreNeverKeptCostNoMoreMessagesThanThePolicyAllows(t *testing.T) {
	for tries := 1; tries <= 3; tries++ {
		t.Run(strconv.Itoa(tries), func(t *testing.T) {
			f := start(t, calls(time.Second), triesAtMost(tries))
			f.Store.Break(workertest.Faults{Before: func(c workertest.Call) error {
				if commits(c, notification.SentType) {
					return workertest.ErrBroken
				}
				return nil
			}})
			e := f.requests("ann-1", mailbox)
			f.wantEnds(e.EnrollmentID, "failed unknown_outcome")
			f.deliverAllAnew()
			f.wantArrivals(mailbox, tries)
			f.wantCode(mailbox, f.User("ann-1").Sent(e.EnrollmentID, 1))
		})
	}
}

func TestARelayIsAskedNoMoreOftenThanThePolicyAllows(t *testing.T) {
	f := start(t, triesAtMost(2))
	busy := relay(451, 4, 3, 0)
	f.mails.Script(busy, busy, busy)
	e := f.requests("ann-1", mailbox)
	f.wantEnds(e.EnrollmentID, "failed provider_down, not final", "failed provider_down")
	f.deliverAllAnew()
	f.wantArrivals(mailbox, 0)
}

// Whoever dies in a try leaves as many as are left: of two, one.
func TestADeathCostsATryOfThePolicys(t *testing.T) {
	f := start(t, asleep, calls(1500*time.Millisecond), triesAtMost(2))
	f.GiveUpAfter(500 * time.Millisecond)
	f.Wake("enroll")
	for n := 1; n <= 2; n++ {
		dying := f.Wake("notifier")[0]
		f.Store.Break(workertest.Faults{Before: dies(dying, once(notification.SentType, 1))})
		if n == 1 {
			f.requests("ann-1", mailbox)
		}
		<-dying.Failed()
		f.Store.Mend()
	}
	f.Wake("notifier")
	about := f.requestsHeard()[0].Event.(*notification.Requested).About
	f.wantEnds(about, "failed unknown_outcome")
	f.wantArrivals(mailbox, 2)
}

func TestAnOutcomeThatTheStoreDidNotTakeAtOnceIsKeptWithoutAnotherMessage(t *testing.T) {
	f := start(t)
	first := once(notification.SentType, 1)
	f.Store.Break(workertest.Faults{Before: func(c workertest.Call) error {
		if first(c) {
			return workertest.ErrBroken
		}
		return nil
	}})
	e := f.requests("ann-1", mailbox)
	f.wantEnds(e.EnrollmentID, "sent")
	f.wantArrivals(mailbox, 1)
}

func TestTheOutcomeOfACallThatUsedUpItsTimeIsKept(t *testing.T) {
	f := start(t, calls(2*time.Second))
	f.mails.Script(sink.StallAfterData())
	e := f.requests("ann-1", mailbox)
	f.wantEnds(e.EnrollmentID, "failed unknown_outcome")
	f.deliverAllAnew()
	f.wantArrivals(mailbox, 1)
}

func TestAWorkerThatIsStoppedDuringACallKeepsItsOutcome(t *testing.T) {
	f := start(t)
	f.Drain("notifier")
	stopped := f.Wake("notifier")[0]
	f.mails.Script(sink.StallAfterData())
	e := f.requests("ann-1", mailbox)
	f.awaitArrival(mailbox, 1)
	atOnce, cancel := context.WithCancel(t.Context())
	cancel()
	if err := stopped.Running.Drain(atOnce); err == nil {
		t.Error("it was drained in time")
	}
	f.Wake("notifier")
	f.wantEnds(e.EnrollmentID, "failed unknown_outcome")
	f.wantArrivals(mailbox, 1)
}
