package process

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Sources is what the Makefile says of all sources. Go keeps a test's result for as long as what it compiled and what it read stay the
// same; it does not see what a test builds by itself. Reading this makes a change of any source a change of the test.
func Sources() string { return os.Getenv("COUNTERSIGN_SOURCES") }

// Build builds the command whose source is in the folder source into the folder dir and returns the binary's path. With race
// it has the race detector, whose reports end it with code 66.
func Build(ctx context.Context, source, dir string, race bool) (string, error) {
	Sources()
	binary := filepath.Join(dir, "countersign")
	args := []string{"build", "-buildvcs=false", "-o", binary}
	if race {
		binary += "-race"
		args = []string{"build", "-buildvcs=false", "-race", "-o", binary}
	}
	build := exec.CommandContext(ctx, "go", append(args, ".")...)
	build.Dir = source
	if text, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", source, err, text)
	}
	return binary, nil
}
