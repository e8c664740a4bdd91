package growing

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"countersign/e2e/bench/course"
	"countersign/e2e/bench/ours"
	"countersign/e2e/bench/place"
)

// Run measures every table on every store. The populations of one table are there at the same time, and are measured in turn: what the machine
// does beside it falls on all alike.
func Run(ctx context.Context, c Config) ([]Store, error) {
	var all []Store
	for _, store := range []string{place.SQLite, place.MongoDB} {
		if store == place.MongoDB && c.MongoDB == "" {
			continue
		}
		s := Store{Name: store}
		for _, t := range c.Tables[store] {
			part, err := c.table(ctx, store, t)
			if err != nil {
				return nil, fmt.Errorf("measure growth of %s over %s: %w", t.Name, store, err)
			}
			s.Parts = append(s.Parts, part)
		}
		all = append(all, s)
	}
	return all, nil
}

func (c Config) table(ctx context.Context, store string, t Table) (part Part, err error) {
	var grounds []*ground
	defer func() {
		for _, g := range grounds {
			err = errors.Join(err, c.leave(context.WithoutCancel(ctx), g))
		}
	}()
	for _, r := range t.Rows {
		g, err := c.settle(ctx, store, r.Population)
		if err != nil {
			return part, err
		}
		grounds = append(grounds, g)
	}
	figures := make([][]course.Figure, len(t.Rows))
	for round := range t.Rounds {
		for i, r := range t.Rows {
			f, err := c.one(ctx, grounds[i], r)
			if err != nil {
				return part, err
			}
			figures[i] = append(figures[i], f)
			c.Progress("round %d: %d %s over %s: %.0f attempts/s, %.3f s of CPU for 1,000, %.0f MiB\n",
				round+1, t.size(r), t.Name, store, f.PerSecond, f.CPU, f.Memory)
		}
	}
	part = Part{What: t.Name, Rounds: t.Rounds}
	for i, r := range t.Rows {
		part.Rows = append(part.Rows, lineOf(t, r, figures[i]))
	}
	if t.Full > 0 {
		part.Full, err = c.full(ctx, t, grounds[len(grounds)-1])
	}
	return part, err
}

// full is the last row with so many users between password and code that the worker can not hold them all.
func (c Config) full(ctx context.Context, t Table, g *ground) (*Line, error) {
	r := t.Rows[len(t.Rows)-1]
	r.Drawn = t.Full
	f, err := c.one(ctx, g, r)
	if err != nil {
		return nil, err
	}
	line := lineOf(t, r, []course.Figure{f})
	return &line, nil
}

// one measures a row once. The bus is a new one each time.
func (c Config) one(ctx context.Context, g *ground, r Row) (f course.Figure, err error) {
	dir, err := os.MkdirTemp(c.Dir, "growth-")
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	who := g.draw(r).contender()
	g.spoiled = true
	conf := course.Config{
		Attempts: map[string]int{ours.Name: (r.Drawn - r.Timed) * r.Turns}, Timed: r.Timed * r.Turns, Trickle: c.Trickle, Settled: true,
	}
	if c.Profiles != "" {
		conf.Profiles = filepath.Join(c.Profiles, fmt.Sprintf("%d-users-%d-commits", r.Users, 2*r.Logins))
	}
	f, err = conf.One(ctx, who, g.at, dir)
	g.spoiled = err != nil
	return f, err
}

// settle makes a population, or finds that of a run before.
func (c Config) settle(ctx context.Context, store string, p Population) (*ground, error) {
	g := &ground{Population: p, at: place.Spec{Kind: store, At: c.MongoDB, Name: "growth_" + strings.ToLower(rand.Text()[:12])}}
	begun := time.Now()
	if store == place.SQLite {
		g.at.Name, g.at.At = "-", filepath.Join(c.folder(), fmt.Sprintf("%d-users-%d-logins", p.Users, p.Logins))
		if os.Remove(g.whole()) == nil {
			return g, nil
		}
		if err := errors.Join(os.RemoveAll(g.at.At), os.MkdirAll(g.at.At, 0o700)); err != nil {
			return nil, err
		}
	}
	if err := p.seed(ctx, g.at); err != nil {
		return nil, errors.Join(err, c.clear(context.WithoutCancel(ctx), g))
	}
	c.Progress("seeded %d users with %d commits each over %s in %s\n", p.Users, 2*p.Logins, store, time.Since(begun).Round(time.Second))
	return g, nil
}

func (c Config) folder() string {
	if c.Stores != "" {
		return c.Stores
	}
	return c.Dir
}

// whole is a file that is there while nobody measures: then the place is as it was seeded.
func (g *ground) whole() string { return filepath.Join(g.at.At, "whole") }

// leave has a place stay for the next run, or removes it.
func (c Config) leave(ctx context.Context, g *ground) error {
	if c.Stores != "" && g.at.Kind == place.SQLite && !g.spoiled {
		return os.WriteFile(g.whole(), nil, 0o600)
	}
	return c.clear(ctx, g)
}

func (c Config) clear(ctx context.Context, g *ground) error {
	if g.at.Kind == place.SQLite {
		return os.RemoveAll(g.at.At)
	}
	return place.Drop(ctx, g.at)
}
