package dev

import (
	"context"
	"errors"
	"fmt"

	"countersign/pkg/events/seal"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus/embedded"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/runtime"
	"countersign/pkg/worker/trace"
	"countersign/pkg/worker/trace/otlp"
	"github.com/prometheus/client_golang/prometheus"
)

// A house is the bus, the store and the workers, running.
type house struct {
	server  *embedded.Server
	workers map[string]*worker.Running
	metrics *prometheus.Registry
}

func startHouse(ctx context.Context, c Config, f *Folder, p *worker.Policies, workers []worker.Worker, closers *stack) (*house, error) {
	server, err := startBus(c, f, p, workers)
	if err != nil {
		return nil, err
	}
	closers.add(func(context.Context) error { server.Stop(); return nil })
	if err := ensureAsOperator(ctx, server, f, c, p, workers); err != nil {
		return nil, err
	}
	storage, err := openStorage(ctx, f, c.Log)
	if err != nil {
		return nil, err
	}
	closers.add(func(context.Context) error { return storage.Close() })
	if err := follow(ctx, p, storage.events, closers); err != nil {
		return nil, err
	}
	h := &house{server: server, workers: map[string]*worker.Running{}, metrics: runtime.NewMetrics()}
	for _, w := range workers {
		if err := h.start(ctx, c, f, p, storage, w, closers); err != nil {
			return nil, err
		}
	}
	return h, h.ready(ctx)
}

func ensureAsOperator(ctx context.Context, server *embedded.Server, f *Folder, c Config, p *worker.Policies, workers []worker.Worker) error {
	conn, err := connect(server, f, operator, "operator", c.Log)
	if err != nil {
		return err
	}
	defer conn.Close()
	return ensureStreams(ctx, conn, p, workers)
}

// start gives a worker what it would have as a process of its own: a connection, its keys, its table.
func (h *house) start(ctx context.Context, c Config, f *Folder, p *worker.Policies, s *storage, w worker.Worker, closers *stack) error {
	conn, err := connect(h.server, f, workerUser(w.Name), w.Name, c.Log)
	if err != nil {
		return err
	}
	closers.add(func(context.Context) error { conn.Close(); return nil })
	rings, err := s.rings(ctx, w.Name)
	if err != nil {
		return err
	}
	keys, err := openKeys(ctx, rings, c, closers)
	if err != nil {
		return err
	}
	operatorKey, err := seal.ParsePrivateKey(f.keys.Operator)
	if err != nil {
		return fmt.Errorf("read the operator's key: %w", err)
	}
	log := c.Log.With("worker", w.Name)
	traces, err := openTraces(c.Traces, otlp.Config{Worker: w.Name, Logger: log, Metrics: h.metrics}, closers)
	if err != nil {
		return err
	}
	running, err := worker.Start(ctx, w, worker.Config{
		Conn: conn, Store: s.events, Rings: rings, Keys: keys, Policies: p.Of, Platforms: p.Platforms, Registry: registry,
		DeadLetterKey: operatorKey.Public(), Logger: log, Metrics: h.metrics, Tracer: traces,
	})
	if err != nil {
		return err
	}
	closers.add(running.Drain)
	h.workers[w.Name] = running
	return nil
}

// openTraces is nil where nothing is traced.
func openTraces(s otlp.Settings, c otlp.Config, closers *stack) (*trace.Tracer, error) {
	traces, err := otlp.Open(s, c)
	if traces != nil {
		closers.add(func(ctx context.Context) error { return errors.Join(traces.Flush(ctx), traces.Close(ctx)) })
	}
	return traces.Tracer(), err
}

// openKeys opens the keys that platforms seal to and keeps them fresh until everything above it is closed.
func openKeys(ctx context.Context, rings *keyring.Rings, c Config, closers *stack) (*keyring.KeySet, error) {
	keys, err := keyring.OpenKeySet(ctx, keyring.KeySetConfig{Rings: rings, Logger: c.Log})
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() { defer close(done); _ = keys.Run(running) }()
	closers.add(func(context.Context) error { stop(); <-done; return nil })
	return keys, nil
}

var errEnded = errors.New("ended by itself")

// ready waits until every worker hears.
func (h *house) ready(ctx context.Context) error {
	for name, w := range h.workers {
		select {
		case <-w.Ready():
		case <-w.Failed():
			return fmt.Errorf("start %s: %w", name, errEnded)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// wait returns when ctx ends, or when a worker does.
func (h *house) wait(ctx context.Context) error {
	ended := make(chan string, len(h.workers))
	watching, stop := context.WithCancel(ctx)
	defer stop()
	for name, w := range h.workers {
		go func() {
			select {
			case <-w.Failed():
				ended <- name
			case <-watching.Done():
			}
		}()
	}
	select {
	case name := <-ended:
		return fmt.Errorf("run %s: %w", name, errEnded)
	case <-ctx.Done():
		return nil
	}
}

// check says what is not ready.
func (h *house) check(ctx context.Context) error {
	var err error
	for name, w := range h.workers {
		select {
		case <-w.Failed():
			err = errors.Join(err, fmt.Errorf("%s has ended", name))
			continue
		default:
		}
		if clock := w.CheckClock(ctx); clock != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", name, clock))
		}
	}
	return err
}
