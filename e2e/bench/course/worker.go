package course

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"countersign/e2e/bench/contender"
	"countersign/e2e/bench/rig"
)

// By these a process is told that it is the worker of a row.
const (
	envRow    = "COUNTERSIGN_BENCH_ROW"
	envGround = "COUNTERSIGN_BENCH_GROUND"
)

// IsWorker reports whether this process is to be a row's worker: then main calls Work and nothing else.
func IsWorker() bool { return os.Getenv(envRow) != "" }

// Work runs the worker until nobody asks any more.
func Work(ctx context.Context) error {
	var g contender.Ground
	if err := json.Unmarshal([]byte(os.Getenv(envGround)), &g); err != nil {
		return fmt.Errorf("read %s: %w", envGround, err)
	}
	for _, who := range rows() {
		if who.Name != os.Getenv(envRow) {
			continue
		}
		stop, err := who.Run(ctx, g)
		if err != nil {
			return fmt.Errorf("run %s: %w", who.Name, err)
		}
		return errors.Join(rig.Obey(os.Stdin, os.Stdout), stop(ctx))
	}
	return fmt.Errorf("run %s: no such row", os.Getenv(envRow))
}
