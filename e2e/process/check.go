package process

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// NoStreams is what the check says of a store in which nobody has decided anything.
const NoStreams = "there are no streams here"

// CheckCommits has `countersign commits check` hold every stream of the folder to its events. The process may run, or have ended in any way.
func (p *Process) CheckCommits(ctx context.Context) error {
	said, err := exec.CommandContext(ctx, p.Binary, "commits", "check", "--data", p.Data).CombinedOutput()
	if err != nil {
		return fmt.Errorf("check commits of %s: %w\n%s", p.Data, err, strings.TrimSpace(string(said)))
	}
	return nil
}
