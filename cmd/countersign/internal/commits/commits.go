// Package commits holds what is kept to the events that it is made of.
package commits

import (
	"context"
	"errors"
	"fmt"
	"io"

	"countersign/pkg/events/catalog"
	"countersign/pkg/worker/replay"
)

// Check reads every stream of a store and writes a line for each thing that does not hold, which makes an error in the end, so that a script
// can ask. It writes what there is and how far it is, and nothing that stands in a commit.
func Check(ctx context.Context, out io.Writer, store replay.Store) error {
	streams, findings := 0, 0
	err := replay.Check{
		Store: store, Registry: catalog.New(),
		Found: func(f replay.Finding) { fmt.Fprintf(out, "differs  %s\n", f) },
		Told: func(c replay.Count) {
			fmt.Fprintf(out, "%s: %d commits of %d streams are read\n", c.Kind, c.Commits, c.Streams)
			if c.Done {
				streams, findings = streams+c.Streams, findings+c.Findings
			}
		},
	}.Run(ctx)
	switch {
	case err != nil:
		return err
	case streams == 0:
		return errors.New("there are no streams here: is it where the workers keep them?")
	case findings > 0:
		return fmt.Errorf("not everything holds: %d findings in %d streams; `countersign commits check --help` says what to do", findings, streams)
	}
	_, err = fmt.Fprintf(out, "%d streams are what their events say\n", streams)
	return err
}
