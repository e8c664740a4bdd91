// Package backlog measures verify when it starts on a million messages that wait: how fast it goes on in each tenth of them, beside the speed at
// which it answers when a few wait, and what it holds meanwhile.
//
// What waits is named, for there is no backlog of logins: what a user waits for is too late after 60 s on the bus. One load is of requests
// that are carried out at any age, each a commit and an answer; the other of logins that are all too late, each a look into the store and an answer.
package backlog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"countersign/e2e/bench/report"
	"countersign/e2e/bench/stand"
)

// Config says what to measure.
type Config struct {
	Dir      string        // for files; what is made there is removed
	MongoDB  string        // URI of a server; empty: only SQLite
	Waiting  int           // messages of the backlog
	Few      int           // messages of the backlog that it is compared with
	Rounds   int           // how often the few are measured
	Users    int           // whose messages they are, in turn
	Late     time.Duration // how long logins wait to be too late
	Progress func(string)
}

// Full is the measurement that counts.
func Full() Config {
	return Config{Dir: os.TempDir(), Waiting: 1_000_000, Few: 8000, Rounds: 3, Users: 100_000, Late: tooLate, Progress: func(string) {}}
}

// Shorten leaves of it what shows that it works; nothing waits until it is too late.
func (c *Config) Shorten() {
	c.Waiting, c.Few, c.Rounds, c.Users, c.Late = 400, 100, 1, 600, 0
}

// A Row is one load over one store.
type Row struct {
	Store      string        `json:"store"`
	Load       string        `json:"load"`    // unlock or late
	Waiting    int           `json:"waiting"` // messages
	Users      int           `json:"users"`
	Filled     float64       `json:"filled_seconds"`              // how long it took to have them wait
	Few        report.Spread `json:"per_second_when_few_wait"`    // answers
	PerSecond  float64       `json:"per_second"`                  // answers, over all
	Tenths     []float64     `json:"per_second_in_tenths"`        // likewise, in the order in which they came
	First      float64       `json:"first_answer_ms"`             // from the start of the process
	CPU        []float64     `json:"worker_cpu_seconds_per_1000"` // in each tenth but the first
	BusCPU     []float64     `json:"bus_cpu_seconds_per_1000"`    // likewise, with that of whoever measures
	Memory     float64       `json:"resident_mib"`                // most at any time
	MemoryFew  float64       `json:"resident_mib_when_few_wait"`
	Live       float64       `json:"live_mib"`   // most that a collection found in use
	Goroutines int           `json:"goroutines"` // most at any look
}

// Slowest and Fastest are the ends of the tenths.
func (r Row) Slowest() float64 { return slices.Min(r.Tenths) }
func (r Row) Fastest() float64 { return slices.Max(r.Tenths) }

// Run measures every load over every store.
func Run(ctx context.Context, c Config) (rows []Row, err error) {
	for _, store := range stand.Stores(c.MongoDB) {
		for _, l := range c.loads() {
			r, err := c.one(ctx, store, l)
			if err != nil {
				return nil, fmt.Errorf("measure %s over %s: %w", l.name, store, err)
			}
			rows = append(rows, r)
		}
	}
	return rows, nil
}

func (c Config) one(ctx context.Context, store string, l load) (r Row, err error) {
	s, err := stand.Open(ctx, stand.On(store, c.Dir, c.MongoDB, c.Users))
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	m := &measurement{Config: c, load: l, stand: s, row: Row{Store: store, Load: l.name, Waiting: c.Waiting, Users: c.Users}}
	for _, step := range []func(context.Context) error{m.prime, m.few, m.many, m.check} {
		if err := step(ctx); err != nil {
			return r, err
		}
	}
	return m.row, nil
}
