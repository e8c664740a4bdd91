package program

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"countersign/e2e/process"
)

// Packages that Build knows, beside Worker.
const (
	Countersign = "./cmd/countersign"
	NATSServer  = "github.com/nats-io/nats-server/v2" // the release that the workspace's modules pin
)

// Workers are the names of the four, the one first that makes the others' keys.
func Workers() []string { return []string{"enroll", "verify", "notifier", "recovery"} }

// Worker is the package of a worker's program.
func Worker(name string) string { return "./services/" + name + "/cmd/" + name }

// Build builds packages into dir, under their own names, with flags of go build. It is for tests that run two folders below the workspace.
func Build(ctx context.Context, dir string, flags []string, packages ...string) error {
	process.Sources() // see there
	args := append([]string{"build", "-buildvcs=false", "-o", dir + string(filepath.Separator)}, flags...)
	build := exec.CommandContext(ctx, "go", append(args, packages...)...)
	build.Dir = "../.." // the workspace, which knows all of them
	build.Env = append(os.Environ(), "GOWORK=")
	if text, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build %v: %w\n%s", packages, err, text)
	}
	return nil
}

// RaceFlags are those of a build that is to find what the test itself would be found with.
func RaceFlags() []string {
	if Race {
		return []string{"-race"}
	}
	return nil
}
