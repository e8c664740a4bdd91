// Package start measures what it takes to have a worker: how large the programs are, built as their images are; what each holds that has nothing
// to do; and how long a process of verify takes from its start until it has accepted an attempt that waits for it.
package start

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"countersign/e2e/bench/report"
)

// Config says what to measure.
type Config struct {
	Dir      string // for files; what is made there is removed
	MongoDB  string // URI of a server; empty: only what needs none
	Root     string // of the checkout
	Release  bool   // programs as in their images, all of them; else verify as tests have it
	Rounds   int    // starts of each program
	Idle     time.Duration
	Progress func(string)
}

// Full is the measurement that counts.
func Full() Config {
	return Config{Dir: os.TempDir(), Root: ".", Release: true, Rounds: 15, Idle: 20 * time.Second, Progress: func(string) {}}
}

// Shorten leaves of it what shows that it works.
func (c *Config) Shorten() { c.Release, c.Rounds, c.Idle = false, 1, 0 }

// Figures are those of one run.
type Figures struct {
	Programs []Program `json:"programs"`
	Workers  []Worker  `json:"idle_workers"`
	Starts   []Start   `json:"starts"`
}

// A Program is a file.
type Program struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

// A Worker is a process that has nothing to do.
type Worker struct {
	Name       string  `json:"name"`
	Resident   float64 `json:"resident_mib"`
	Goroutines int     `json:"goroutines"`
}

// A Start is how long one takes, over all rounds, in milliseconds from the start of the process.
type Start struct {
	What     string        `json:"what"`
	Store    string        `json:"store"`
	Ready    report.Spread `json:"ready_ms"`
	Accepted report.Spread `json:"accepted_ms"` // until the platform has heard that its attempt was accepted
}

// Run measures.
func Run(ctx context.Context, c Config) (f Figures, err error) {
	dir, err := os.MkdirTemp(c.Dir, "start-")
	if err != nil {
		return f, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	programs := filepath.Join(dir, "programs")
	if err := c.build(ctx, programs); err != nil {
		return f, err
	}
	if f.Programs, err = sizes(programs); err != nil {
		return f, err
	}
	if c.MongoDB != "" {
		if f.Workers, err = c.idle(ctx, dir); err != nil {
			return f, fmt.Errorf("measure idle workers: %w", err)
		}
	}
	f.Starts, err = c.starts(ctx, dir)
	return f, err
}

func sizes(dir string) (programs []Program, err error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		info, err := file.Info()
		if err != nil {
			return nil, err
		}
		programs = append(programs, Program{Name: file.Name(), Bytes: info.Size()})
	}
	return programs, nil
}
