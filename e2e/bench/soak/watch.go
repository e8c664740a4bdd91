package soak

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"countersign/e2e/bench/rig"
	"countersign/e2e/bench/stand"
)

// parts is how many periods there are.
const parts = 10

// A Period is a tenth of the time. Memory is the mean over the looks within it, goroutines are the fewest at any of them: how many more there are at a
// moment follows from what comes at that moment.
type Period struct {
	Until      float64     `json:"until_minute"`
	Resident   float64     `json:"resident_mib"`
	Live       float64     `json:"live_mib"` // what the last collection found in use
	Goroutines int         `json:"goroutines"`
	CPU        float64     `json:"worker_cores"`
	Ended      float64     `json:"logins_per_second"`
	Logins     Latency     `json:"login_to_challenge"`
	Attempts   Latency     `json:"attempt_to_accepted"`
	Waiting    int         `json:"waiting"` // logins under way at its end
	Sizes      stand.Sizes `json:"bytes"`   // at its end
}

// A Latency is in milliseconds.
type Latency struct {
	P50 float64 `json:"p50_ms"`
	P99 float64 `json:"p99_ms"`
}

func latency(took []time.Duration) Latency {
	if len(took) == 0 {
		return Latency{}
	}
	slices.SortFunc(took, cmp.Compare[time.Duration])
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	return Latency{P50: ms(took[len(took)/2]), P99: ms(took[len(took)*99/100])}
}

// A watch looks at the worker while users log in.
type watch struct {
	Config
	stand    *stand.Stand
	platform *platform
	periods  []Period

	since time.Time // of the period
	cpu   time.Duration
	looks []rig.Usage
}

func (w *watch) all(ctx context.Context) error {
	first, err := w.stand.Worker.Usage("")
	if err != nil {
		return err
	}
	begun := time.Now()
	w.since, w.cpu = begun, first.CPU
	tick := time.NewTicker(w.Every)
	defer tick.Stop()
	for len(w.periods) < parts {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		u, err := w.stand.Worker.Usage("")
		if err != nil {
			return err
		}
		w.looks = append(w.looks, u)
		if part := w.For * time.Duration(len(w.periods)+1) / parts; time.Since(begun) >= part-w.Every/2 {
			if err := w.end(ctx, part); err != nil {
				return err
			}
		}
	}
	_, err = w.stand.Worker.Usage(w.Profiles) // written when it stops
	return err
}

// end ends a period.
func (w *watch) end(ctx context.Context, until time.Duration) (err error) {
	now, took := time.Now(), w.platform.take()
	length := now.Sub(w.since).Seconds()
	last := w.looks[len(w.looks)-1]
	p := Period{
		Until: until.Minutes(), CPU: (last.CPU - w.cpu).Seconds() / length, Ended: float64(len(took.attempts)) / length,
		Logins: latency(took.logins), Attempts: latency(took.attempts),
		Resident:   w.mean(func(u rig.Usage) float64 { return float64(u.Resident) / (1 << 20) }),
		Live:       w.mean(func(u rig.Usage) float64 { return float64(u.Live) / (1 << 20) }),
		Goroutines: slices.MinFunc(w.looks, func(a, b rig.Usage) int { return cmp.Compare(a.Goroutines, b.Goroutines) }).Goroutines,
	}
	p.Waiting, _ = w.platform.state()
	if p.Sizes, err = w.stand.Sizes(ctx); err != nil {
		return err
	}
	w.periods, w.looks, w.since, w.cpu = append(w.periods, p), nil, now, last.CPU
	w.Progress(fmt.Sprintf("%4.1f min: %.0f logins/s, resident %.1f MiB, live %.1f MiB, %d goroutines, attempts p99 %.1f ms",
		p.Until, p.Ended, p.Resident, p.Live, p.Goroutines, p.Attempts.P99))
	return nil
}

func (w *watch) mean(of func(rig.Usage) float64) float64 {
	var sum float64
	for _, u := range w.looks {
		sum += of(u)
	}
	return sum / float64(len(w.looks))
}
