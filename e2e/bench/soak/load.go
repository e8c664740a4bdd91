package soak

import (
	"context"
	"time"
)

// atOnce is how many logins of a flood are under way.
const atOnce = 1024

// flood has n users log in as fast as they can, and returns how many a second could. A fifth of them are to warm up.
func (p *platform) flood(ctx context.Context, n int) (perSecond float64, err error) {
	slots := make(chan struct{}, atOnce)
	for range atOnce {
		slots <- struct{}{}
	}
	p.let(slots)
	defer p.let(nil)
	warm := n / 5
	if err := p.hurry(ctx, slots, warm); err != nil {
		return 0, err
	}
	begun := time.Now()
	if err := p.hurry(ctx, slots, n-warm); err != nil {
		return 0, err
	}
	perSecond = float64(n-warm) / time.Since(begun).Seconds()
	p.take()
	return perSecond, nil
}

func (p *platform) let(slots chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slots = slots
}

func (p *platform) hurry(ctx context.Context, slots <-chan struct{}, n int) error {
	for range n {
		select {
		case <-slots:
		case <-time.After(patience):
			_, err := p.state()
			return firstOf(err, errStuck)
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := p.begin(); err != nil {
			return err
		}
	}
	return p.end(ctx)
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// steadily has users log in at a rate, whatever the worker does, while it is watched.
func (c Config) steadily(ctx context.Context, p *platform, w *watch, rate float64) error {
	watched := make(chan error, 1)
	go func() { watched <- w.all(ctx) }()
	err := p.evenly(ctx, rate, c.For)
	return firstOf(err, <-watched, p.end(ctx))
}

func (p *platform) evenly(ctx context.Context, rate float64, length time.Duration) error {
	start := time.Now()
	for i := 0; ; i++ {
		due := time.Duration(float64(i) / rate * float64(time.Second))
		if due >= length {
			return nil
		}
		if wait := time.Until(start.Add(due)); wait > 0 {
			<-time.After(wait)
		}
		if waiting, err := p.state(); err != nil || ctx.Err() != nil || float64(waiting) > rate*patience.Seconds() {
			return firstOf(err, ctx.Err(), errStuck)
		}
		if err := p.begin(); err != nil {
			return err
		}
	}
}
