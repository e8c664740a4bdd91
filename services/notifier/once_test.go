package notifier_test

import (
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"countersign/pkg/events/guard"
	"countersign/pkg/worker/workertest"
	"countersign/services/notifier/sink"
)

func TestANotificationDeliveredTwiceAndOutOfOrderIsSentOnce(t *testing.T) {
	f := start(t)
	f.enrolled("ann-1", mailbox)
	f.enrolled("bob-1", number)
	f.challenged("ann-1", "l1")
	f.challenged("ann-1", "l2")
	f.challenged("bob-1", "l3")
	f.Quiet()
	all := f.requestsHeard()
	wanted, sent, said := len(workertest.Once(all)), len(f.inbox.List()), len(f.heardEnds())
	slices.Reverse(all)
	f.publishAgain(all...)
	f.publishAgain(all...)
	f.deliverAllAnew()
	if n := len(f.inbox.List()); n != sent || n != wanted || n < 5 {
		t.Errorf("%d messages arrived, want %d", n, wanted)
	}
	if n := len(f.heardEnds()); n != said || n != wanted {
		t.Errorf("%d outcomes were published, want %d", n, wanted)
	}
}

func TestWhileOneReplicaCallsTheProviderAnotherDoesNot(t *testing.T) {
	f := start(t, calls(2*time.Second))
	f.mails.Script(sink.StallAfterData())
	e := f.requests("ann-1", mailbox)
	f.awaitArrival(mailbox, 1)
	looked := make(chan struct{})
	found := sync.OnceFunc(func() { close(looked) })
	f.Store.Break(workertest.Faults{Before: func(c workertest.Call) error {
		if c.Op == workertest.Head && c.Kind == "notification" {
			found()
		}
		return nil
	}})
	f.Wake("notifier")
	for range 4 { // the bus gives them to both in turn
		f.publishAgain(f.requestsHeard()[0])
	}
	<-looked
	f.wantEnds(e.EnrollmentID, "failed unknown_outcome")
	f.wantArrivals(mailbox, 1)
}

// heardEnds are all outcomes on the bus, repeats included.
func (f *fixture) heardEnds() []workertest.Event {
	return f.Heard(func(e workertest.Event) bool { _, ok := outcomeOf(e); return ok })
}

const (
	manyUsers = 10
	manyEach  = 5
)

// While the notifier is down verify goes on: two replicas that come up find every request three times.
func TestFiftyChallengesOfADownTimeArriveOnceEach(t *testing.T) {
	f := start(t)
	for i := range manyUsers {
		f.enrolled(many(i))
	}
	f.Drain("notifier")
	before := len(f.requestsHeard())
	issued := f.challengeMany()
	all := f.requestsHeard()[before:]
	f.publishAgain(all...)
	slices.Reverse(all)
	f.publishAgain(all...)
	f.Wake("notifier", "notifier")
	f.Await("the end of them all", len(workertest.Once(f.requestsHeard())), func(e workertest.Event) bool { o, ok := outcomeOf(e); return ok && o.final })
	f.Quiet()
	for i := range manyUsers {
		user, to := many(i)
		f.wantCodes(user, to, issued[user])
	}
}

func many(i int) (user, to string) {
	if i%2 == 0 {
		return "u-" + strconv.Itoa(i), "u" + strconv.Itoa(i) + "@example.org"
	}
	return "u-" + strconv.Itoa(i), "+1555123" + strconv.Itoa(2000+i)
}

func (f *fixture) challengeMany() map[string][]string {
	issued := map[string][]string{}
	var lock sync.Mutex
	var group sync.WaitGroup
	for i := range manyUsers {
		user, _ := many(i)
		var asked []workertest.Sent
		for n := range manyEach {
			asked = append(asked, f.Write(&guard.LoginStarted{User: user, LoginID: "l" + strconv.Itoa(n)}))
		}
		group.Go(func() {
			for _, s := range asked {
				f.Publish(s)
				e, ok := f.Answer(s.ID).Event.(*guard.ChallengeIssued)
				if !ok {
					f.t.Errorf("%s was not answered with a challenge", s.ID)
					return
				}
				lock.Lock()
				issued[user] = append(issued[user], e.ChallengeID)
				lock.Unlock()
			}
		})
	}
	group.Wait()
	return issued
}

// wantCodes checks that after the enrollment's code the codes of the challenges arrived, once each.
func (f *fixture) wantCodes(user, to string, challenges []string) {
	f.t.Helper()
	var got, want []string
	for _, m := range f.arrived(to)[1:] {
		got = append(got, codeIn(m))
	}
	for _, c := range challenges {
		want = append(want, f.User(user).Sent(c, 1))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		f.t.Errorf("%s: codes %v arrived, want %v", user, got, want)
	}
}
