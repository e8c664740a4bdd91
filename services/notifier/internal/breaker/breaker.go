// Package breaker keeps a provider that fails from being asked at every turn.
//
// After some failures in a row it is asked once in each pause, until one asking goes well.
package breaker

import (
	"sync"
	"time"
)

// Options bound it.
type Options struct {
	Failures int           // in a row, that open it; at least 1
	Pause    time.Duration // between two trials while it is open
}

// Defaults returns what holds.
func Defaults() Options { return Options{Failures: 5, Pause: 5 * time.Second} }

// A Breaker is safe for concurrent use.
type Breaker struct {
	options Options

	mu       sync.Mutex
	failures int       // in a row
	trial    time.Time // the next one, while it is open
}

// New returns one that is closed.
func New(o Options) *Breaker { return &Breaker{options: o} }

// Lets reports whether the provider may be asked now. While it is open, that is true once in each pause.
func (b *Breaker) Lets(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < b.options.Failures {
		return true
	}
	if now.Before(b.trial) {
		return false
	}
	b.trial = now.Add(b.options.Pause)
	return true
}

// Spare gives back what Lets granted at now: nobody was asked after all.
func (b *Breaker) Spare(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.trial.Equal(now.Add(b.options.Pause)) {
		b.trial = now
	}
}

// Note says how an asking went.
func (b *Breaker) Note(well bool, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if well {
		b.failures = 0
		return
	}
	b.failures++
	b.trial = now.Add(b.options.Pause)
}

// Open reports whether the provider is taken to be down.
func (b *Breaker) Open() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failures >= b.options.Failures
}
