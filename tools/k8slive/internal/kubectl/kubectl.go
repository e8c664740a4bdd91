// Package kubectl runs kubectl as a person would. Every run ends within the time of its context, and its error holds what kubectl said.
package kubectl

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Kubectl is a kubectl for one cluster.
type Kubectl struct {
	Program    string // path
	Kubeconfig string // path
	Home       string // a folder of its own, for what kubectl remembers of the cluster
}

// Said is what kubectl printed.
type Said struct {
	Out      string
	Warnings []string // of the API server, each without "Warning: "
}

// Run runs one command.
func (k Kubectl) Run(ctx context.Context, args ...string) (Said, error) {
	return k.Feed(ctx, "", args...)
}

// Feed runs one command that reads input.
func (k Kubectl) Feed(ctx context.Context, input string, args ...string) (Said, error) {
	var out, errs strings.Builder
	c := exec.CommandContext(ctx, k.Program, args...)
	c.Env = []string{"KUBECONFIG=" + k.Kubeconfig, "HOME=" + k.Home, "PATH=" + os.Getenv("PATH")}
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(input), &out, &errs
	c.WaitDelay = 5 * time.Second
	err := c.Run()
	said := Said{Out: out.String(), Warnings: warnings(errs.String())}
	if err != nil {
		return said, Refusal{Command: "kubectl " + strings.Join(args, " "), Message: strings.TrimSpace(errs.String()), Cause: err}
	}
	return said, nil
}

func warnings(text string) (all []string) {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "Warning: "); ok {
			all = append(all, strings.TrimSpace(rest))
		}
	}
	return all
}

// A Refusal is the error of a command that did not end well.
type Refusal struct {
	Command string
	Message string // all that kubectl wrote to its standard error
	Cause   error
}

func (r Refusal) Error() string { return fmt.Sprintf("%s: %v\n%s", r.Command, r.Cause, r.Message) }

func (r Refusal) Unwrap() error { return r.Cause }
