package backlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/e2e/bench/rig"
	"countersign/e2e/bench/stand"
)

const (
	look  = 10 * time.Millisecond // how often the bus is asked how far the worker is
	weigh = time.Second           // how often the worker is asked what it holds
	parts = 10
)

var errStuck = errors.New("nothing happened for a minute")

// A passage is one backlog from the worker's first answer to the last one.
type passage struct {
	first time.Duration        // from the start of its process to its first answer
	ends  [parts]time.Duration // when each tenth was answered, from the first answer
	cpus  [parts]cpus          // used by then
	holds holding
}

// cpus are CPU times of the worker, and of bus and whoever measures.
type cpus struct{ worker, bus time.Duration }

// A holding is the most that the worker held at any look.
type holding struct {
	live, memory uint64 // bytes
	goroutines   int
}

func (h *holding) add(u rig.Usage) {
	h.live, h.memory, h.goroutines = max(h.live, u.Live), max(h.memory, u.Memory), max(h.goroutines, u.Goroutines)
}

// work starts the worker on n messages that wait, and returns when all are answered and acknowledged.
func work(ctx context.Context, s *stand.Stand, n int) (p passage, err error) {
	before, err := s.Bus.Said(ctx)
	if err != nil {
		return p, err
	}
	begun := time.Now()
	if err := s.Start(ctx); err != nil {
		return p, err
	}
	if err := p.watch(ctx, s, before, uint64(n), begun); err != nil {
		return p, err
	}
	return p, s.Stop()
}

func (p *passage) watch(ctx context.Context, s *stand.Stand, before, n uint64, begun time.Time) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	var answered uint64
	var first, weighed time.Time
	for moved, done := time.Now(), 0; ; <-tick.C {
		said, err := s.Bus.Said(ctx)
		if err != nil {
			return err
		}
		now := time.Now()
		if said-before > answered {
			answered, moved = said-before, now
			if first.IsZero() {
				first, p.first = now, now.Sub(begun)
			}
		}
		if passed := int(answered * parts / n); passed > done || now.Sub(weighed) > weigh {
			used, err := p.weigh(s)
			if err != nil {
				return err
			}
			for weighed = now; done < passed; done++ {
				p.ends[done], p.cpus[done] = now.Sub(first), used
			}
		}
		if left, err := s.Bus.Waiting(ctx); err != nil || done == parts && left == 0 {
			return err
		}
		if now.Sub(moved) > patience {
			return fmt.Errorf("await %d answers, there are %d: %w", n, answered, errStuck)
		}
	}
}

func (p *passage) weigh(s *stand.Stand) (cpus, error) {
	worker, err := s.Worker.Usage("")
	if err != nil {
		return cpus{}, err
	}
	p.holds.add(worker)
	mine, err := rig.Used()
	return cpus{worker.CPU, mine.CPU}, err
}

// costs are the CPU seconds of 1,000 answers in each tenth of n but the first one, which has those of the start.
func (p passage) costs(n int, of func(cpus) time.Duration) (costs []float64) {
	for i := 1; i < parts; i++ {
		costs = append(costs, (of(p.cpus[i])-of(p.cpus[i-1])).Seconds()/float64(n)*parts*1000)
	}
	return costs
}

// tenths are the answers a second in each tenth of n.
func (p passage) tenths(n int) (rates []float64) {
	var last time.Duration
	for _, end := range p.ends {
		rates = append(rates, perSecond(n, parts, end-last))
		last = end
	}
	return rates
}

// rate is answers a second over n.
func (p passage) rate(n int) float64 { return perSecond(n, 1, p.ends[parts-1]) }

// perSecond knows of no time shorter than that between two looks.
func perSecond(n, of int, took time.Duration) float64 {
	return float64(n) / float64(of) / max(took, look).Seconds()
}
