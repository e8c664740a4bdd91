package start

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"countersign/e2e/bench/place"
	"countersign/e2e/bench/stand"
	"countersign/e2e/program"
)

// idle has workers run without work, beside each other.
func (c Config) idle(ctx context.Context, dir string) (workers []Worker, err error) {
	on, err := stand.Open(ctx, stand.On(place.MongoDB, c.Dir, c.MongoDB, 1))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, on.Close()) }()
	s, err := newSite(dir, on)
	if err != nil {
		return nil, err
	}
	names := []string{"verify"}
	if c.Release {
		names = program.Workers()
		if err := s.apply(ctx); err != nil {
			return nil, err
		}
	}
	admins := map[string]string{}
	for _, name := range names {
		p, admin, err := s.launch(ctx, name)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, p.Stop(ctx)) }()
		admins[name] = admin
	}
	select {
	case <-time.After(c.Idle):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for _, name := range names {
		w, err := ask(ctx, name, admins[name])
		if err != nil {
			return nil, err
		}
		workers = append(workers, w)
		c.Progress(fmt.Sprintf("%s: %.1f MiB, %d goroutines", w.Name, w.Resident, w.Goroutines))
	}
	return workers, nil
}

// ask reads a worker's metrics.
func ask(ctx context.Context, name, admin string) (Worker, error) {
	metrics, err := read(ctx, "http://"+admin+"/metrics")
	if err != nil {
		return Worker{}, fmt.Errorf("ask %s: %w", name, err)
	}
	resident, goroutines := metrics["process_resident_memory_bytes"], metrics["go_goroutines"]
	if resident == 0 || goroutines == 0 {
		return Worker{}, fmt.Errorf("ask %s: no memory or no goroutines among its metrics", name)
	}
	return Worker{Name: name, Resident: resident / (1 << 20), Goroutines: int(goroutines)}, nil
}

// read reads metrics without labels.
func read(ctx context.Context, url string) (map[string]float64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	metrics := map[string]float64{}
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if n, err := strconv.ParseFloat(value, 64); err == nil {
			metrics[name] = n
		}
	}
	return metrics, lines.Err()
}
