package worker_test

import (
	"errors"
	"testing"
	"time"

	"countersign/pkg/events/guard"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/workertest"
)

// A login is waived or asked for; that it came too late is what a clock that is ahead would say.
func TestAWorkerWhoseClockIsWrongGoesByTheBuss(t *testing.T) {
	for name, off := range map[string]time.Duration{"ahead": 10 * time.Minute, "behind": -10 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var kit worker.Kit
			w, clock := doorkeeper(), &workertest.Clock{}
			table := w.Table
			w.Table = func(k worker.Kit) worker.Table { kit = k; return table(k) }
			h := workertest.Start(t, workertest.Config{Workers: []worker.Worker{w}, Asleep: true})
			clock.Ahead(off)
			r := h.WakeOn("verify", workertest.Machine{Clock: clock})
			p := h.Platform(workertest.Acme)
			for id, ahead := range map[string]time.Duration{"l1": off, "l2": -off} { // set while the worker runs, too
				clock.Ahead(ahead)
				if d := time.Until(kit.Now()); d.Abs() >= bus.MaxClockOffset {
					t.Errorf("on a machine that is %s off it is %s off", ahead, d)
				}
				workertest.As[*guard.EnrollmentRequired](h, p.Ask(login(id)))
				if err := r.CheckClock(t.Context()); !errors.Is(err, bus.ErrClock) {
					t.Errorf("a clock that is %s off: %v", ahead, err)
				}
			}
			clock.Ahead(time.Second)
			if d := time.Until(kit.Now()); d <= 0 {
				t.Errorf("a machine that is a second ahead is not believed: %s", d)
			}
			if err := r.CheckClock(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
