package faults_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"countersign/e2e/process"
)

var workers = []string{"enroll", "verify", "notifier", "recovery"}

// build builds what runs into dir: the workers with failpoints, and with the race detector where the tests run with it.
func build(ctx context.Context, dir string) error {
	process.Sources() // see there
	out := []string{"-o", dir + string(filepath.Separator)}
	ours := []string{"-tags", "failpoints"}
	if raceDetector {
		ours = append(ours, "-race")
	}
	for _, name := range workers {
		ours = append(ours, "./services/"+name+"/cmd/"+name)
	}
	if err := goBuild(ctx, append(out, ours...)); err != nil {
		return err
	}
	return goBuild(ctx, append(out, "./cmd/countersign", "github.com/nats-io/nats-server/v2"))
}

func goBuild(ctx context.Context, args []string) error {
	build := exec.CommandContext(ctx, "go", append([]string{"build", "-buildvcs=false"}, args...)...)
	build.Dir = "../.." // the workspace, which knows all of them
	build.Env = append(os.Environ(), "GOWORK=")
	if text, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build %v: %w\n%s", args, err, text)
	}
	return nil
}
