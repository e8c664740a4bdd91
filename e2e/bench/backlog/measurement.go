package backlog

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"countersign/e2e/bench/report"
	"countersign/e2e/bench/stand"
	"countersign/pkg/worker/bus"
)

// A measurement is one row while it is measured.
type measurement struct {
	Config
	load  load
	stand *stand.Stand
	sent  int // messages so far
	row   Row
}

// prime has each user have a stream, where the load makes any: what waits finds them all or none.
func (m *measurement) prime(ctx context.Context) error {
	if m.load.late {
		return nil
	}
	_, err := m.passage(ctx, m.Users)
	return err
}

// few takes the speed of a worker that finds few messages, which is what the backlog is held to.
func (m *measurement) few(ctx context.Context) error {
	var rates []float64
	for range m.Rounds {
		p, err := m.passage(ctx, m.Few)
		if err != nil {
			return err
		}
		rates = append(rates, p.rate(m.Few))
		m.row.MemoryFew = max(m.row.MemoryFew, mib(p.holds.memory))
		m.say("%d of %s over %s: %.0f/s", m.Few, m.load.name, m.row.Store, p.rate(m.Few))
	}
	m.row.Few = report.Over(rates)
	return nil
}

func (m *measurement) many(ctx context.Context) error {
	p, err := m.passage(ctx, m.Waiting)
	if err != nil {
		return err
	}
	m.row.PerSecond, m.row.Tenths, m.row.First = p.rate(m.Waiting), p.tenths(m.Waiting), float64(p.first)/float64(time.Millisecond)
	m.row.CPU = p.costs(m.Waiting, func(c cpus) time.Duration { return c.worker })
	m.row.BusCPU = p.costs(m.Waiting, func(c cpus) time.Duration { return c.bus })
	m.row.Memory, m.row.Live, m.row.Goroutines = mib(p.holds.memory), mib(p.holds.live), p.holds.goroutines
	m.say("%d of %s over %s: %.0f/s, tenths %.0f, CPU s/1000 of the worker %.3f, of the bus %.3f",
		m.Waiting, m.load.name, m.row.Store, m.row.PerSecond, m.row.Tenths, m.row.CPU, m.row.BusCPU)
	return nil
}

func mib(bytes uint64) float64 { return float64(bytes) / (1 << 20) }

func (m *measurement) say(format string, args ...any) { m.Progress(fmt.Sprintf(format, args...)) }

// passage has n messages wait, then starts the worker.
func (m *measurement) passage(ctx context.Context, n int) (passage, error) {
	begun := time.Now()
	if err := fill(ctx, m.stand.Bus.URL(), m.load, m.stand.Users, m.sent, n); err != nil {
		return passage{}, err
	}
	m.sent += n
	m.row.Filled = time.Since(begun).Seconds()
	if m.load.late {
		select {
		case <-time.After(m.Late):
		case <-ctx.Done():
			return passage{}, ctx.Err()
		}
	}
	return work(ctx, m.stand, n)
}

// check holds the bus to one answer of the right kind to each message, and nothing else.
func (m *measurement) check(ctx context.Context) error {
	s, err := m.stand.Bus.JS.Stream(ctx, bus.StreamOut)
	if err != nil {
		return err
	}
	info, err := s.Info(ctx, jetstream.WithSubjectFilter(m.load.answers()))
	if err != nil {
		return fmt.Errorf("count answers: %w", err)
	}
	var right uint64
	for _, n := range info.State.Subjects {
		right += n
	}
	if right != uint64(m.sent) || info.State.Msgs != right {
		return fmt.Errorf("%d messages have %d answers, of them %d %s.%s", m.sent, info.State.Msgs, right, m.load.entity, m.load.fact)
	}
	return nil
}
