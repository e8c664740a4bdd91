// Package ours is the row of the real verify worker, unchanged, with what a process of production gives it. Its users are enrolled by the
// commits and keyrings that enroll writes; the worker itself issues their challenges.
package ours

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"countersign/e2e/bench/contender"
	"countersign/e2e/bench/crowd"
	"countersign/e2e/bench/place"
	"countersign/e2e/bench/rig"
	"countersign/e2e/bench/rings"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/seal"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/policy"
	"countersign/services/verify"
)

// Name is the row's.
const Name = "ours"

// Contender is the row.
func Contender() contender.Contender {
	return contender.Contender{
		Name: Name, Seed: seed, Listen: listen, Challenge: challenge, Run: run, Check: check,
	}
}

func listen(ctx context.Context, b *rig.Bus) error {
	w := verify.Worker()
	consumers, err := bus.Consumers(catalog.New(), w.Name, w.Hears, bus.Scale{})
	if err != nil {
		return err
	}
	return b.Ensure(ctx, consumers)
}

// challenge has every user log in. An answer is one message; their timers are hours away.
func challenge(ctx context.Context, b *rig.Bus, users []crowd.User) error {
	before, err := b.Said(ctx)
	if err != nil {
		return err
	}
	if err := b.Publish(ctx, users, crowd.User.LoginStarted); err != nil {
		return err
	}
	return b.Await(ctx, before+uint64(len(users)))
}

func run(ctx context.Context, g contender.Ground) (func(context.Context) error, error) {
	log := slog.New(slog.NewJSONHandler(io.Discard, nil))
	p, err := place.Open(ctx, g.At)
	if err != nil {
		return nil, err
	}
	opened, err := rings.Open(ctx, p.Keys, false)
	if err != nil {
		return nil, err
	}
	keys, err := keyring.OpenKeySet(ctx, keyring.KeySetConfig{Rings: opened, Logger: log})
	if err != nil {
		return nil, err
	}
	conn, err := bus.Connect(bus.ConnectConfig{URL: g.Bus, Worker: "verify", Logger: log})
	if err != nil {
		return nil, err
	}
	operator, err := seal.NewPrivateKey()
	if err != nil {
		return nil, err
	}
	running, err := worker.Start(ctx, verify.Worker(), worker.Config{
		Conn: conn, Store: p.Events, Rings: opened, Keys: keys, Policies: policies(), Registry: catalog.New(),
		DeadLetterKey: operator.Public(), Logger: log, Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		return nil, err
	}
	<-running.Ready()
	return func(ctx context.Context) error {
		err := running.Drain(ctx)
		conn.Close()
		return errors.Join(err, p.Close())
	}, nil
}

// policies are the default but for codes in clear, which every row takes.
func policies() func(string) (policy.Policy, bool) {
	p := policy.Default(crowd.Platform)
	p.RequireSealed = false
	return func(platform string) (policy.Policy, bool) { return p, platform == crowd.Platform }
}
