package worker_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events/guard"
	"countersign/pkg/worker/workertest"
)

func TestDrainFinishesWhatIsHeldAndTakesNoMore(t *testing.T) {
	f := start(t)
	r := f.Wake()[0]
	held, release := make(chan struct{}), make(chan struct{})
	f.Store.Break(workertest.Faults{Before: once(f, func() { close(held); <-release })})
	s := f.Send(login("l1"))
	await(t, held, "the login is in hand")
	drained := make(chan error, 1)
	go func() { drained <- r.Drain() }()
	f.NoneAsks()
	late := f.Send(login("l2"))
	close(release)
	if err := await(t, drained, "the worker is drained"); err != nil {
		t.Fatal(err)
	}
	workertest.As[*guard.EnrollmentRequired](f.House, f.Answer(s.ID))
	if c := f.commits(); len(c) != 1 || !c[0].Published || c[0].BusSequence == 0 {
		t.Errorf("left %+v, want one commit that is marked", c)
	}
	if n := len(f.Answers(late.ID)); n != 0 {
		t.Errorf("%d answers to what came after", n)
	}
	f.Wake()
	f.Answer(late.ID)
	f.Quiet()
}

func TestDrainFinishesTheAnswersThatAreUnderWay(t *testing.T) {
	f := start(t)
	r := f.Wake()[0]
	held, release := make(chan struct{}), make(chan struct{})
	f.Store.Break(workertest.Faults{Before: func(c workertest.Call) error {
		if c.Op == workertest.Head {
			f.Store.Mend()
			close(held)
			<-release
		}
		return nil
	}})
	answered := make(chan error, 1)
	var status guard.LoginStatus
	go func() {
		answered <- f.RPC("login", "status", guard.LoginStatusRequest{User: "ann-1", LoginID: "l1"}, &status)
	}()
	await(t, held, "the question is in hand")
	drained := make(chan error, 1)
	go func() { drained <- r.Drain() }()
	f.NoneAnswers("login", "status")
	f.NoneAsks() // though a question is still in hand
	close(release)
	if err := await(t, answered, "the question is answered"); err != nil || status.State != guard.Unknown {
		t.Errorf("answered %+v, %v", status, err)
	}
	if err := await(t, drained, "the worker is drained"); err != nil {
		t.Error(err)
	}
}

func TestMarksThatCannotBeWrittenAreToldAndHarmNobody(t *testing.T) {
	f := start(t)
	f.Wake()
	f.Store.Break(workertest.Faults{Before: func(c workertest.Call) error {
		if c.Op == workertest.MarkPublish {
			return workertest.ErrBroken
		}
		return nil
	}})
	f.Ask(login("l1"))
	f.closed("l1")
	f.Quiet()
	f.Store.Mend()
	f.Clock.Ahead(10 * time.Second)
	f.Restart()
	f.Ask(login("l2"))
	f.closed("l2")
	f.ReplayAll()
	if n := len(f.commits()); n != 4 {
		t.Errorf("%d commits, want 4", n)
	}
}

func TestAWorkerOutlivesTheBus(t *testing.T) {
	f := start(t)
	r := f.Wake()[0]
	f.Ask(login("l1"))
	f.Bus.Restart(t)
	f.Ask(login("l2"))
	f.closed("l1")
	f.closed("l2")
	select {
	case <-r.Failed():
		t.Error("it has ended by itself")
	default:
	}
	if err := r.CheckClock(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAWorkerThatCannotGoOnSaysSo(t *testing.T) {
	t.Parallel()
	t.Run("its durables are not there", func(t *testing.T) {
		f := start(t)
		f.Forget()
		r := f.Launch("verify")
		await(t, r.Failed(), "the worker fails")
		if err := r.Drain(); err == nil || !strings.Contains(err.Error(), "verify-login-started") {
			t.Errorf("drained with %v, want the durable that is missing", err)
		}
	})
	t.Run("its connection is closed for good", func(t *testing.T) {
		f := start(t)
		r := f.Wake()[0]
		r.Kill()
		await(t, r.Failed(), "the worker fails")
		if err := r.Drain(); err == nil || !strings.Contains(err.Error(), "closed") {
			t.Errorf("drained with %v, want that the connection is closed", err)
		}
	})
}

func TestAWorkerThatIsDrainedAtOnceEnds(t *testing.T) {
	f := start(t)
	for range 20 {
		r := f.Launch("verify")
		if err := r.Drain(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDrainEndsWithItsContext(t *testing.T) {
	f := start(t)
	r := f.Wake()[0]
	held, release := make(chan struct{}), make(chan struct{})
	f.Store.Break(workertest.Faults{Before: once(f, func() { close(held); <-release })})
	f.Send(login("l1"))
	await(t, held, "the login is in hand")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	drained := make(chan error, 1)
	go func() { drained <- r.Running.Drain(ctx) }()
	close(release)
	if err := await(t, drained, "it ends"); err == nil {
		t.Error("no error says that something was given back")
	}
}
