package stand

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"countersign/e2e/bench/contender"
	"countersign/e2e/bench/ours"
	"countersign/e2e/bench/rig"
)

const envGround = "COUNTERSIGN_STAND_GROUND" // tells a process that it is a worker, and where

// IsWorker reports whether this process is to be a stand's worker: then main calls Work and nothing else.
func IsWorker() bool { return os.Getenv(envGround) != "" }

// Work runs the worker until nobody asks any more.
func Work(ctx context.Context) error {
	var g contender.Ground
	if err := json.Unmarshal([]byte(os.Getenv(envGround)), &g); err != nil {
		return fmt.Errorf("read %s: %w", envGround, err)
	}
	stop, err := ours.Contender().Run(ctx, g)
	if err != nil {
		return fmt.Errorf("run worker: %w", err)
	}
	return errors.Join(rig.Obey(os.Stdin, os.Stdout), stop(ctx))
}

// Start starts the worker in a process of its own and returns when it is ready.
func (s *Stand) Start(ctx context.Context) error {
	ground, err := json.Marshal(contender.Ground{Bus: s.Bus.URL(), At: s.At})
	if err != nil {
		return err
	}
	s.Worker, err = rig.Launch(ctx, nil, []string{envGround + "=" + string(ground)})
	return err
}

// Stop has the worker drain, where one runs.
func (s *Stand) Stop() error {
	w := s.Worker
	if s.Worker = nil; w == nil {
		return nil
	}
	return w.Stop()
}
