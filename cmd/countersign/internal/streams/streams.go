// Package streams makes on a bus what workers and platforms pull from, and says how a bus differs from that.
package streams

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"countersign/cmd/countersign/internal/table"
	"countersign/pkg/worker/bus"
	"github.com/nats-io/nats.go/jetstream"
)

// Config says what must be there.
type Config struct {
	Platforms []string // each gets its one durable
	Copies    int      // of each stream: 1, or 3 across zones in production
	Replicas  int      // most processes of one worker at once
	Waiting   int64    // most messages that may wait on one subject of MFA_IN
}

func (c Config) options(k bus.Contract) bus.StreamOptions {
	return bus.StreamOptions{Registry: k.Registry, Replicas: c.Copies, InMessages: c.Waiting}
}

func (c Config) consumers(k bus.Contract) ([]bus.Consumer, error) {
	var all []bus.Consumer
	for _, w := range table.Workers() {
		own, err := bus.Consumers(k.Registry, w.Name, w.Hears, bus.Scale{Replicas: c.Replicas})
		if err != nil {
			return nil, err
		}
		all = append(all, own...)
	}
	for _, name := range c.Platforms {
		all = append(all, bus.PlatformConsumer(name))
	}
	return all, nil
}

// Apply makes streams and consumers what they must be, and says what it did.
func Apply(ctx context.Context, out io.Writer, js jetstream.JetStream, c Config) error {
	k := table.Contract()
	consumers, err := c.consumers(k)
	if err != nil {
		return err
	}
	report, err := bus.Ensure(ctx, js, c.options(k), consumers)
	if err != nil {
		return fmt.Errorf("apply streams: %w", err)
	}
	write(out, "created  ", report.Created)
	write(out, "changed  ", report.Changed)
	write(out, "left     ", stranger(report.Strange))
	_, err = fmt.Fprintf(out, "%d created, %d changed, of %d streams and %d consumers\n",
		len(report.Created), len(report.Changed), len(bus.Streams(c.options(k))), len(consumers))
	return err
}

// Diff says how the bus differs. A difference is an error, so that a script can ask.
func Diff(ctx context.Context, out io.Writer, js jetstream.JetStream, c Config) error {
	k := table.Contract()
	consumers, err := c.consumers(k)
	if err != nil {
		return err
	}
	drifts, err := bus.Diff(ctx, js, c.options(k), consumers)
	if err != nil {
		return fmt.Errorf("compare streams: %w", err)
	}
	ours := slices.DeleteFunc(slices.Clone(drifts), func(d bus.Drift) bool { return d.Strange })
	for _, d := range drifts {
		write(out, "differs  ", []string{told(d)})
	}
	if len(ours) > 0 {
		return fmt.Errorf("the bus differs in %d places: `countersign streams apply` puts them right, but for those that say what a person does", len(ours))
	}
	_, err = fmt.Fprintf(out, "%d consumers and their streams are what they must be\n", len(consumers))
	return err
}

func told(d bus.Drift) string {
	if d.Refused {
		return d.String() + ": " + d.Remedy
	}
	return d.String()
}

func stranger(names []string) []string {
	told := slices.Clone(names)
	for i := range told {
		told[i] += " stands in no table: `nats consumer rm` removes it"
	}
	return told
}

func write(out io.Writer, what string, lines []string) {
	for _, line := range lines {
		_, _ = fmt.Fprintln(out, what+strings.TrimSpace(line))
	}
}
