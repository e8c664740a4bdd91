// Package process runs one worker as a process of its own, as operators deploy it: settings from the environment, a bus with TLS,
// MongoDB, readiness, metrics, and an orderly end.
//
// A process that cannot work says why and ends with code 1 before it takes a message: a line that is not trusted, durables that nobody
// has made, a keeper that does not open. One that works is ready only while bus, durables, store and keys can be reached and its
// clock is right. On SIGTERM it is first not ready, pulls no more, finishes what it holds, makes known what it did, and closes.
package process

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"countersign/pkg/worker"
	"countersign/pkg/worker/failpoint"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/runtime"
	"github.com/prometheus/client_golang/prometheus"
)

// Config is what a main says of its worker.
type Config struct {
	Worker     worker.Worker
	Settings   Settings
	SeedKeeper SeedKeeper // none in a worker that computes no seeds
	Sealed     bool       // it opens what platforms seal
	Writer     bool       // it makes and forgets keys: enroll alone
	Pages      string     // host:port where its pages are served; "" for a worker without any
	// CheckPolicy refuses a policy that the worker cannot work under; nil: none.
	CheckPolicy func(policy.Policy) error
}

// Run returns when ctx has ended and everything is drained, or with what went wrong.
func Run(ctx context.Context, p runtime.Process, c Config) error {
	runtime.Confine(runtime.Ceiling)
	log := runtime.NewLogger(p.Stderr, c.Settings.LogLevel).With("worker", c.Worker.Name)
	metrics := runtime.NewMetrics()
	admin, err := runtime.StartAdmin(runtime.AdminConfig{Listen: c.Settings.Admin, Metrics: metrics, Logger: log})
	if err != nil {
		return err
	}
	log.InfoContext(ctx, "starting", "admin", admin.Addr())
	if err := metrics.Register(admin.Readiness(c.Worker.Name)); err != nil {
		return errors.Join(err, admin.Close(ctx))
	}
	h := &house{Config: c, log: log, metrics: metrics, admin: admin}
	if err := h.open(ctx); err != nil {
		return errors.Join(err, h.close(ctx))
	}
	return runtime.Serve(ctx, runtime.Service{Parts: h.parts, Admin: admin, Drain: c.Settings.Drain, Logger: log})
}

// A house is what the worker stands on, opened from the ground up.
type house struct {
	Config
	log     *slog.Logger
	metrics prometheus.Registerer
	admin   *runtime.Admin

	ground
	parts []runtime.Part
}

func (h *house) open(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		h.openTraces, h.readPolicy, h.openKeepers, h.connect, h.findDurables, h.openStore, h.openRings, h.openKeys, h.followPolicy, h.listen, h.start,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// add keeps a part: what is opened first is closed last.
func (h *house) add(p runtime.Part) { h.parts = append(h.parts, p) }

const closeTimeout = 3 * time.Second

// close lets go of what was opened before something failed.
func (h *house) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	var err error
	for _, p := range slices.Backward(h.parts) {
		if p.Close != nil {
			err = errors.Join(err, p.Close(ctx))
		}
	}
	return errors.Join(err, h.admin.Close(ctx))
}

// start is the last step: from here on messages are taken.
func (h *house) start(ctx context.Context) error {
	running, err := worker.Start(ctx, h.Worker, worker.Config{
		Conn: h.conn, Store: h.store, Rings: h.rings, Keys: h.keys, Policies: h.policies.Of, Platforms: h.policies.Platforms, Registry: registry,
		DeadLetterKey: h.Settings.DeadLetterKey, Logger: h.log, Metrics: h.metrics, Tracer: h.traces.Tracer(),
		Now: failpoint.Now,
	})
	if err != nil {
		return err
	}
	h.admin.Check("clock", running.CheckClock)
	for name, check := range running.Checks() {
		h.admin.Check(name, check)
	}
	h.add(runtime.Part{
		Name: h.Worker.Name, Ready: running.Ready(),
		Run:    func(ctx context.Context) error { return h.work(ctx, running) },
		Finish: func(ctx context.Context) error { return finish(ctx, running) },
	})
	if h.pages != nil {
		h.add(h.pages.Part(running.Pages()))
	}
	return nil
}

// work returns when ctx ends, or with the reason why the worker has ended before.
func (h *house) work(ctx context.Context, running *worker.Running) error {
	select {
	case <-running.Ready():
		h.log.InfoContext(ctx, "working")
	case <-running.Failed():
	}
	select {
	case <-running.Failed():
		return running.Failure()
	case <-ctx.Done():
		return nil
	}
}

// finish drains. Why the worker ended by itself is said once, by work.
func finish(ctx context.Context, running *worker.Running) error {
	failure := running.Failure()
	if err := running.Drain(ctx); failure == nil || !errors.Is(err, failure) {
		return err
	}
	return nil
}
