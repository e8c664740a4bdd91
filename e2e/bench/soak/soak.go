// Package soak has users log in to verify for minutes at a constant rate, each login to its end: login.started, the challenge, the code that the
// user's app shows by then, attempt.accepted. It says whether what the worker holds in the second tenth of the time is what it holds in the last one.
//
// No user comes twice: what is held of one grows with the logins of an hour, up to a bound, and would grow for all of them at once. What is stored
// grows: every login is kept.
package soak

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"countersign/e2e/bench/stand"
)

// Config says what to measure.
type Config struct {
	Dir      string        // for files; what is made there is removed
	MongoDB  string        // URI of a server; empty: only SQLite
	For      time.Duration // on each store
	Every    time.Duration // how often the worker is asked what it holds
	Users    int           // that log in, each once: they bound the rate
	Share    float64       // of the logins that this machine takes when they come as fast as they can
	Flood    int           // logins from which that is known
	Profiles string        // folder for profiles of the worker as it is at the end; empty: none
	Progress func(string)
}

// Full is the measurement that counts.
func Full() Config {
	return Config{
		Dir: os.TempDir(), For: 10 * time.Minute, Every: 10 * time.Second, Users: 500_000, Share: 0.4, Flood: 10_000, Progress: func(string) {},
	}
}

// Shorten leaves of it what shows that it works: each user logs in once.
func (c *Config) Shorten() {
	c.For, c.Every, c.Users, c.Flood = 500*time.Millisecond, 10*time.Millisecond, 1200, 100
}

// A Run is that over one store.
type Run struct {
	Store    string   `json:"store"`
	Users    int      `json:"users"`
	Capacity float64  `json:"logins_per_second_at_most"` // when they come as fast as they can
	Rate     float64  `json:"logins_per_second"`
	Logins   int      `json:"logins"` // each accepted
	Periods  []Period `json:"tenths"` // of the time
}

// All measures every store.
func All(ctx context.Context, c Config) (runs []Run, err error) {
	for _, store := range stand.Stores(c.MongoDB) {
		r, err := c.one(ctx, store)
		if err != nil {
			return nil, fmt.Errorf("soak over %s: %w", store, err)
		}
		runs = append(runs, r)
	}
	return runs, nil
}

func (c Config) one(ctx context.Context, store string) (r Run, err error) {
	s, err := stand.Open(ctx, stand.On(store, c.Dir, c.MongoDB, c.Users))
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Start(ctx); err != nil {
		return r, err
	}
	p, err := open(s)
	if err != nil {
		return r, err
	}
	defer p.close()
	r = Run{Store: store, Users: c.Users}
	if r.Capacity, err = p.flood(ctx, c.Flood); err != nil {
		return r, err
	}
	r.Rate = min(c.Share*r.Capacity, float64(c.Users-c.Flood)/c.For.Seconds())
	c.Progress(fmt.Sprintf("%s takes %.0f logins/s; from now on %.0f/s", store, r.Capacity, r.Rate))
	w := &watch{Config: c, stand: s, platform: p}
	if err := c.steadily(ctx, p, w, r.Rate); err != nil {
		return r, err
	}
	r.Logins, r.Periods = p.logins(), w.periods
	return r, s.Stop()
}
