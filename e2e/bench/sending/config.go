// Package sending measures the notifier: how long it takes from the moment at which notification.requested is due on the bus until a provider
// has taken the code, without the time that the provider takes for itself.
//
// Codes are wanted at a fixed rate, whatever becomes of them: who is late is late for all that follows, and is seen to be. Half of them go by
// mail, over STARTTLS with a login, half to a stand-in of Twilio's API, over HTTPS; both take their time as real ones do. The bus and the far
// ends run in the process that measures, the notifier in one of its own.
package sending

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"countersign/e2e/bench/place"
)

// Config says what to measure.
type Config struct {
	Dir      string        // of whatever a measurement leaves behind, and takes with it
	MongoDB  string        // URI of a server; empty: SQLite alone is measured
	Rate     float64       // codes a second
	For      time.Duration // how long they are wanted
	Warm     time.Duration // before it; what is wanted then counts for nothing
	Own      time.Duration // that a provider takes for itself, on average
	Profiles string        // folder of the notifier's profiles; empty: none
}

// Full is the measurement that counts.
func Full() Config {
	return Config{Dir: os.TempDir(), Rate: 500, For: 15 * time.Second, Warm: 3 * time.Second, Own: 50 * time.Millisecond}
}

// Shorten leaves of it what shows that it works.
func (c *Config) Shorten() {
	c.Rate, c.For, c.Warm, c.Own = 50, time.Second, 200*time.Millisecond, 5*time.Millisecond
}

// Run measures over each store.
func Run(ctx context.Context, c Config) (all []Figure, err error) {
	specs := []place.Spec{{Kind: place.SQLite}}
	if c.MongoDB != "" {
		specs = append(specs, place.Spec{Kind: place.MongoDB, At: c.MongoDB, Name: fmt.Sprintf("bench_sending_%d", os.Getpid())})
	}
	for _, at := range specs {
		f, err := over(ctx, c, at)
		if err != nil {
			return nil, fmt.Errorf("measure over %s: %w", at.Kind, err)
		}
		all = append(all, f)
	}
	return all, nil
}

// over measures over one store, in a folder that is gone afterwards.
func over(ctx context.Context, c Config, at place.Spec) (f Figure, err error) {
	dir, err := os.MkdirTemp(c.Dir, "sending-")
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir), place.Drop(context.WithoutCancel(ctx), at)) }()
	if at.Kind == place.SQLite {
		at.At = filepath.Join(dir, "store")
		if err := os.Mkdir(at.At, 0o700); err != nil {
			return f, err
		}
	}
	m := &measurement{conf: c, at: at, dir: dir}
	defer func() { err = errors.Join(err, m.close()) }()
	if err := m.prepare(ctx); err != nil {
		return f, err
	}
	return m.measure(ctx)
}
