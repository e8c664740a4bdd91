package sqlitestore

import (
	"context"
	"sync"
	"time"
)

// A pacer does something soon after there is reason to, and takes about a twentieth of the time for it. Without reason it sleeps.
type pacer struct {
	do     func() error // an error is a reason to do it again
	reason chan struct{}
	ended  <-chan struct{}
	stop   context.CancelFunc
	life   sync.WaitGroup
}

const (
	shortPause = 25 * time.Millisecond
	longPause  = time.Second
	pauses     = 20 // as long as what was done
)

func newPacer(do func() error) *pacer {
	life, stop := context.WithCancel(context.Background())
	p := &pacer{do: do, reason: make(chan struct{}, 1), ended: life.Done(), stop: stop}
	p.life.Go(p.run)
	return p
}

// tell says that there is reason; it never waits.
func (p *pacer) tell() {
	select {
	case p.reason <- struct{}{}:
	default:
	}
}

// end waits for what is being done, and does nothing more.
func (p *pacer) end() {
	p.stop()
	p.life.Wait()
}

func (p *pacer) run() {
	pause := shortPause
	for {
		select {
		case <-p.reason:
		case <-p.ended:
			return
		}
		select {
		case <-time.After(pause):
		case <-p.ended:
			return
		}
		pause = p.doOnce()
	}
}

// doOnce says how long to wait until the next time.
func (p *pacer) doOnce() time.Duration {
	began := time.Now()
	if err := p.do(); err != nil {
		p.tell()
		return longPause
	}
	return min(max(pauses*time.Since(began), shortPause), longPause)
}
