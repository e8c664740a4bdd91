package faults_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"countersign/e2e/program"
)

const releases = "testdata/releases" // a file for each, in order

// former returns the folder with the programs of the last release: of the commit that left the newest file in releases. They are built once
// per machine and kept in the user's cache.
func former(ctx context.Context) (bin string, err error) {
	commit, err := lastRelease(ctx)
	if err != nil {
		return "", fmt.Errorf("find the last release: %w\n  remedy: the whole history has to be here (git fetch --unshallow), or name other faults in COUNTERSIGN_FAULTS_ONLY", err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "countersign", "releases")
	bin = filepath.Join(folder, commit)
	if _, err := os.Stat(bin); err == nil {
		return bin, nil
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	if err := buildRelease(ctx, commit, bin); err != nil {
		return "", fmt.Errorf("build the last release, %s: %w", commit, err)
	}
	return bin, nil
}

func lastRelease(ctx context.Context) (commit string, err error) {
	files, err := filepath.Glob(releases + "/*.jsonl")
	if err != nil || len(files) == 0 {
		return "", fmt.Errorf("no files in %s", releases)
	}
	newest := slices.Max(files)
	if commit, err = run(ctx, ".", "git", "log", "-1", "--diff-filter=A", "--format=%H", "--", newest); err != nil {
		return "", err
	}
	if commit == "" {
		return "", fmt.Errorf("no commit has %s", newest)
	}
	if _, err := run(ctx, ".", "git", "rev-parse", "--verify", "--quiet", commit+"^"); err != nil { // it may have come from further back
		return "", fmt.Errorf("the history ends with %s", commit)
	}
	return commit, nil
}

// buildRelease leaves bin whole, or not at all.
func buildRelease(ctx context.Context, commit, bin string) error {
	dir, err := os.MkdirTemp(filepath.Dir(bin), "building-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	source, archive, built := filepath.Join(dir, "source"), filepath.Join(dir, "source.tar"), filepath.Join(dir, "bin")
	if err := os.Mkdir(source, 0o700); err != nil {
		return err
	}
	if _, err := run(ctx, "../..", "git", "archive", "--format=tar", "--output="+archive, commit); err != nil {
		return err
	}
	if _, err := run(ctx, source, "tar", "-xf", archive); err != nil {
		return err
	}
	args := []string{"build", "-buildvcs=false", "-o", built + "/", program.Countersign, program.NATSServer}
	for _, name := range workers {
		args = append(args, program.Worker(name))
	}
	if _, err := run(ctx, source, "go", args...); err != nil {
		return err
	}
	return os.Rename(built, bin)
}

func run(ctx context.Context, dir, name string, args ...string) (said string, err error) {
	command := exec.CommandContext(ctx, name, args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "GOWORK=")
	text, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, text)
	}
	return strings.TrimSpace(string(text)), nil
}
