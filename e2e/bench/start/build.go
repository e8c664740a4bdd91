package start

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"countersign/e2e/program"
)

// build builds the programs into dir.
func (c Config) build(ctx context.Context, dir string) error {
	if !c.Release {
		flags := strings.Join(append([]string{"-buildvcs=false"}, program.RaceFlags()...), " ")
		return goBuild(ctx, filepath.Join(c.Root, "services/verify"), flags, dir, "./cmd/verify", nil)
	}
	for _, folder := range append(services(), "cmd/countersign") {
		c.Progress("build " + folder)
		if err := release(ctx, filepath.Join(c.Root, folder), dir); err != nil {
			return err
		}
	}
	return nil
}

func services() (folders []string) {
	for _, name := range program.Workers() {
		folders = append(folders, "services/"+name)
	}
	return folders
}

var (
	buildLine = regexp.MustCompile(`(?m)\bgo build (.*) -o \S+ (\S+)$`)
	setting   = regexp.MustCompile(`\b(?:GOWORK|CGO_ENABLED)=\S+`)
)

// release builds a program as the Dockerfile in its folder does.
func release(ctx context.Context, folder, dir string) error {
	image, err := os.ReadFile(filepath.Join(folder, "Dockerfile"))
	if err != nil {
		return err
	}
	line, env := buildLine.FindStringSubmatch(string(image)), setting.FindAllString(string(image), -1)
	if line == nil || len(env) != 2 {
		return fmt.Errorf("read %s/Dockerfile: no go build, or no GOWORK and CGO_ENABLED", folder)
	}
	return goBuild(ctx, folder, line[1], dir, line[2], env)
}

// goBuild builds a package of the folder. flags are as a shell reads them.
func goBuild(ctx context.Context, folder, flags, dir, pkg string, env []string) error {
	out, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	build := exec.CommandContext(ctx, "sh", "-c", "go build "+flags+` -o "$0/" `+pkg, out)
	build.Dir, build.Env = folder, append(os.Environ(), env...)
	if text, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", folder, err, text)
	}
	return nil
}
