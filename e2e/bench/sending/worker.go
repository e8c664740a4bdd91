package sending

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"

	"countersign/e2e/bench/crowd"
	"countersign/e2e/bench/place"
	"countersign/e2e/bench/rig"
	"countersign/e2e/bench/rings"
	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/seal"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/policy"
	"countersign/services/notifier"
)

// envGround tells a process that it is the notifier, and what it stands on.
const envGround = "COUNTERSIGN_BENCH_SENDING"

type ground struct {
	Bus   string // URL
	At    place.Spec
	Ports [2]int
}

// IsWorker reports whether this process is to be the notifier: then main calls Work and nothing else.
func IsWorker() bool { return os.Getenv(envGround) != "" }

// Work runs the notifier until nobody asks any more.
func Work(ctx context.Context) error {
	var g ground
	if err := json.Unmarshal([]byte(os.Getenv(envGround)), &g); err != nil {
		return fmt.Errorf("read %s: %w", envGround, err)
	}
	stop, err := g.run(ctx)
	if err != nil {
		return fmt.Errorf("run the notifier: %w", err)
	}
	return errors.Join(rig.Obey(os.Stdin, os.Stdout), stop(ctx))
}

func (g ground) run(ctx context.Context) (stop func(context.Context) error, err error) {
	log := slog.New(slog.NewJSONHandler(io.Discard, nil))
	p, err := place.Open(ctx, g.At)
	if err != nil {
		return nil, err
	}
	counters, err := g.counters(ctx)
	if err != nil {
		return nil, err
	}
	config := providers(g.Ports)
	config.Counters = counters
	w, err := notifier.Worker(config)
	if err != nil {
		return nil, err
	}
	opened, err := rings.Open(ctx, p.Keys, false)
	if err != nil {
		return nil, err
	}
	conn, err := bus.Connect(bus.ConnectConfig{URL: g.Bus, Worker: w.Name, Logger: log})
	if err != nil {
		return nil, err
	}
	operator, err := seal.NewPrivateKey()
	if err != nil {
		return nil, err
	}
	running, err := worker.Start(ctx, w, worker.Config{
		Conn: conn, Store: p.Events, Rings: opened, Policies: policies(), Registry: catalog.New(),
		DeadLetterKey: operator.Public(), Logger: log, Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		return nil, err
	}
	<-running.Ready()
	return func(ctx context.Context) error {
		err := running.Drain(ctx)
		conn.Close()
		return errors.Join(err, counters.Close(), p.Close())
	}, nil
}

// counters of budgets stand beside the commits.
func (g ground) counters(ctx context.Context) (notifier.Counters, error) {
	if g.At.Kind == place.MongoDB {
		return notifier.CountersInMongoDB(ctx, events.NewSecret(g.At.At), g.At.Name)
	}
	return notifier.CountersInFile(ctx, filepath.Join(g.At.At, "counters.db"))
}

// policies are the default but for its budgets: a measurement is a pumping attack.
func policies() func(string) (policy.Policy, bool) {
	const all = 1 << 30
	p := policy.Default(crowd.Platform)
	p.Budget.PerPrefix, p.Budget.PerCountry, p.Budget.PerPlatform, p.Budget.PauseBelow = all, all, all, 0
	return func(platform string) (policy.Policy, bool) { return p, platform == crowd.Platform }
}
