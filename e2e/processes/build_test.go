package processes_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"countersign/e2e/process"
)

var (
	workers = []string{"enroll", "verify", "notifier", "recovery"}
	ours    = []string{
		"./cmd/countersign", "./services/enroll/cmd/enroll", "./services/verify/cmd/verify",
		"./services/notifier/cmd/notifier", "./services/recovery/cmd/recovery",
	}
)

// natsServer is the release that the workspace's modules pin.
const natsServer = "github.com/nats-io/nats-server/v2"

// build builds all programs into dir; ours with the race detector where the tests run with it.
func build(ctx context.Context, dir string) error {
	process.Sources() // see there
	args := []string{"-o", dir + string(filepath.Separator)}
	if raceDetector {
		args = append(args, "-race")
	}
	if err := goBuild(ctx, append(args, ours...)); err != nil {
		return err
	}
	return goBuild(ctx, []string{"-o", dir + string(filepath.Separator), natsServer})
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
