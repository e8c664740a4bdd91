package worker_test

import (
	"context"
	"errors"
	"testing"

	"countersign/pkg/worker"
	"countersign/pkg/worker/workertest"
)

// besides is a doorkeeper that serves something else as well.
func besides(t *testing.T, serve func(context.Context, worker.Kit) error) *fixture {
	t.Helper()
	t.Parallel()
	w := doorkeeper()
	own := w.Table
	w.Table = func(k worker.Kit) worker.Table {
		table := own(k)
		table.Beside = func(ctx context.Context) error { return serve(ctx, k) }
		return table
	}
	h := workertest.Start(t, workertest.Config{Workers: []worker.Worker{w}, Asleep: true})
	return &fixture{House: h, Platform: h.Platform(workertest.Acme), t: t}
}

func TestWhatAWorkerServesBesideEndsAfterTheLastHandler(t *testing.T) {
	begun, ended := make(chan []string, 1), make(chan struct{})
	f := besides(t, func(ctx context.Context, k worker.Kit) error {
		begun <- k.Platforms()
		<-ctx.Done()
		close(ended)
		return nil
	})
	r := f.Wake()[0]
	if names := await(t, begun, "it has begun"); len(names) != 1 || names[0] != workertest.Acme {
		t.Errorf("the platforms are %q", names)
	}
	held, release := make(chan struct{}), make(chan struct{})
	f.Store.Break(workertest.Faults{Before: once(f, func() { close(held); <-release })})
	f.Send(login("l1"))
	await(t, held, "the login is in hand")
	drained := make(chan error, 1)
	go func() { drained <- r.Drain() }()
	f.NoneAsks()
	select {
	case <-ended:
		t.Error("it ended before the last handler")
	default:
	}
	close(release)
	if err := await(t, drained, "the worker is drained"); err != nil {
		t.Error(err)
	}
	await(t, ended, "it has ended")
}

func TestAWorkerEndsWithWhatItServesBeside(t *testing.T) {
	broken := errors.New("the port is taken")
	f := besides(t, func(context.Context, worker.Kit) error { return broken })
	r := f.Launch("verify")
	await(t, r.Failed(), "the worker has ended")
	if err := r.Drain(); !errors.Is(err, broken) {
		t.Errorf("drained with %v", err)
	}
}
