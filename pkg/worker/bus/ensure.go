package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
)

// A Report says what Ensure found and did, in words, one line each.
type Report struct {
	Created []string
	Changed []string // drift that was put right: what, as it was, as it is
	Strange []string // consumers that stand in no table; left alone
}

// Ensure makes the streams and consumers what they must be. Drift that only bounds (ages, sizes, replicas) is put right and
// reported. Drift that changes who may make what happen (schedules, rollups, TTL headers, foreign subjects, retention,
// copies to elsewhere, another filter) is refused with an error that names every one and says what to do; nothing is
// changed then.
func Ensure(ctx context.Context, js jetstream.JetStream, o StreamOptions, consumers []Consumer) (Report, error) {
	drifts, err := Diff(ctx, js, o, consumers)
	if err != nil {
		return Report{}, err
	}
	if err := refused(drifts); err != nil {
		return Report{}, err
	}
	r := report(drifts)
	for _, s := range Streams(o) {
		if !touched(drifts, "stream "+s.Name) {
			continue
		}
		if err := apply(ctx, js, s); err != nil {
			return r, fmt.Errorf("ensure stream %s: %w", s.Name, err)
		}
	}
	for _, c := range consumers {
		if !touched(drifts, c.object()) {
			continue
		}
		if _, err := js.CreateOrUpdateConsumer(ctx, c.Stream, c.config()); err != nil {
			return r, fmt.Errorf("ensure %s: %w", c.object(), err)
		}
	}
	return r, nil
}

// apply keeps where an operator placed the stream and how it is compressed, and a denial that the server does not take back.
func apply(ctx context.Context, js jetstream.JetStream, want jetstream.StreamConfig) error {
	have, err := js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		_, err = js.CreateStream(ctx, want)
		return err
	}
	if err != nil {
		return err
	}
	want.Placement, want.Compression = have.CachedInfo().Config.Placement, have.CachedInfo().Config.Compression
	want.DenyDelete = want.DenyDelete || have.CachedInfo().Config.DenyDelete
	_, err = js.UpdateStream(ctx, want)
	return err
}

func touched(drifts []Drift, object string) bool {
	return slices.ContainsFunc(drifts, func(d Drift) bool { return d.Object == object })
}

// Diff says how the bus differs from what Ensure would make it, and changes nothing.
func Diff(ctx context.Context, js jetstream.JetStream, o StreamOptions, consumers []Consumer) ([]Drift, error) {
	if err := unambiguous(consumers); err != nil {
		return nil, err
	}
	var all []Drift
	for _, want := range Streams(o) {
		have, err := js.Stream(ctx, want.Name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			all = append(all, Drift{Object: "stream " + want.Name, Missing: true})
			all = append(all, missing(want.Name, consumers)...)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read stream %s: %w", want.Name, err)
		}
		all = append(all, streamDrift(have.CachedInfo().Config, want)...)
		found, err := consumerDrifts(ctx, have, want.Name, consumers)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// unambiguous refuses two filters under one name: a platform named like a worker's durable would read that worker's messages.
func unambiguous(consumers []Consumer) error {
	filters := map[string]string{}
	for _, c := range consumers {
		key := c.Stream + "/" + c.Durable
		if f, ok := filters[key]; ok && f != c.Filter {
			return fmt.Errorf("ensure consumer %s of %s: two filters claim the name, %s and %s: rename the platform", c.Durable, c.Stream, f, c.Filter)
		}
		filters[key] = c.Filter
	}
	return nil
}

func missing(stream string, consumers []Consumer) []Drift {
	var all []Drift
	for _, c := range consumers {
		if c.Stream == stream {
			all = append(all, Drift{Object: c.object(), Missing: true})
		}
	}
	return all
}

func report(drifts []Drift) Report {
	var r Report
	for _, d := range drifts {
		switch {
		case d.Missing:
			r.Created = append(r.Created, d.Object)
		case d.Strange:
			r.Strange = append(r.Strange, d.Object)
		default:
			r.Changed = append(r.Changed, d.String())
		}
	}
	return r
}

func refused(drifts []Drift) error {
	var all []error
	for _, d := range drifts {
		if d.Refused {
			all = append(all, fmt.Errorf("%s: %s", d, d.Remedy))
		}
	}
	if len(all) == 0 {
		return nil
	}
	return fmt.Errorf("ensure streams: %w", errors.Join(all...))
}
