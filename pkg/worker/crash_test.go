package worker_test

import (
	"testing"
	"time"

	"countersign/pkg/events/guard"
	"countersign/pkg/worker/workertest"
)

// killed has a replica handle a login and die on the way.
func (f *fixture) killed(faults func(kill func()) workertest.Faults) workertest.Sent {
	f.t.Helper()
	r := f.Wake()[0]
	dead := make(chan struct{})
	f.Store.Break(faults(func() { r.Kill(); close(dead) }))
	s := f.Send(login("l1"))
	await(f.t, dead, "the replica dies")
	await(f.t, r.Failed(), "it is seen that its connection is gone")
	_ = r.Drain() // what is left of it in this process
	f.NoneAsks()  // the bus knows that it is gone, and sends it nothing more
	if n := len(f.Answers(s.ID)); n != 0 {
		f.t.Fatalf("%d answers came from a dead replica", n)
	}
	return s
}

func (f *fixture) killedAfterAppend() workertest.Sent {
	f.t.Helper()
	s := f.killed(func(kill func()) workertest.Faults { return workertest.Faults{After: once(f, kill)} })
	if c := f.commits(); len(c) != 1 || c[0].Published {
		f.t.Fatalf("left %+v, want one commit that is not published", c)
	}
	return s
}

// answered checks that s has its one answer and its timer its effect.
func (f *fixture) answered(s workertest.Sent) {
	f.t.Helper()
	workertest.As[*guard.EnrollmentRequired](f.House, f.Answer(s.ID))
	f.closed("l1")
	if n := len(f.Answers(s.ID)); n != 1 {
		f.t.Errorf("%d answers", n)
	}
}

func TestTheSweeperPublishesWhatADeadReplicaCommitted(t *testing.T) {
	f := start(t)
	s := f.killedAfterAppend()
	f.Clock.Ahead(10 * time.Second)                                                  // else it could be in the hands of a living one
	f.Store.Break(workertest.Faults{Before: workertest.On(workertest.Due, "guard")}) // its timer would bring it up, too
	f.Wake()
	f.Answer(s.ID)
	f.Store.Mend()
	f.answered(s)
}

func TestWhoLoadsNextPublishesWhatADeadReplicaCommitted(t *testing.T) {
	f := start(t)
	s := f.killedAfterAppend()
	f.Wake()
	next := f.Send(login("l2"))
	second := f.Answer(next.ID)
	f.answered(s)
	if first := f.Answer(s.ID); first.Sequence > second.Sequence {
		t.Errorf("answered out of order: %d after %d", first.Sequence, second.Sequence)
	}
}

func TestARedeliveryPublishesWhatADeadReplicaCommitted(t *testing.T) {
	f := start(t)
	f.GiveUpAfter(300 * time.Millisecond)
	s := f.killedAfterAppend()
	f.Wake()
	f.answered(s)
	f.Quiet()
	if n := len(f.commits()); n != 2 {
		t.Errorf("%d commits, want the login's and its timer's", n)
	}
}

func TestARedeliveryDoesWhatADeadReplicaBegan(t *testing.T) {
	f := start(t)
	f.GiveUpAfter(300 * time.Millisecond)
	s := f.killed(func(kill func()) workertest.Faults { return workertest.Faults{Before: once(f, kill)} })
	f.Wake()
	f.answered(s)
	f.Quiet()
	if n := len(f.commits()); n != 2 {
		t.Errorf("%d commits, want the login's and its timer's", n)
	}
}

// What the bus has forgotten of a timer, the store has not.
func TestATimerThatNobodySetFires(t *testing.T) {
	f := start(t)
	f.GiveUpAfter(300 * time.Millisecond)
	f.killedAfterAppend()
	f.Clock.Ahead(10 * time.Second)
	f.Wake()
	f.closed("l1")
	f.Quiet()
	f.Drain()
	due, err := f.Store.Due(t.Context(), "guard", time.Now().Add(time.Hour), 10)
	if err != nil || len(due) > 0 {
		t.Errorf("timers are still due: %v, %v", due, err)
	}
}
