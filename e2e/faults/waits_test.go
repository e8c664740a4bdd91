package faults_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// A waits is how long questions wait for their answers. Each belongs to the time in which it was asked: one that waits long would else never count.
// It is safe for concurrent use; nil notes nothing.
type waits struct {
	mu    sync.Mutex
	asked int
	took  []time.Duration
}

// ask is called when a question is asked, and what it returns when the answer is there.
func (w *waits) ask() (answered func()) {
	if w == nil {
		return func() {}
	}
	began := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked++
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.took = append(w.took, time.Since(began))
	}
}

// hundredth is the time after which 99 in 100 had their answer, and of how many. It waits for the last.
func (w *waits) hundredth(ctx context.Context) (took time.Duration, of int, err error) {
	for !w.over() {
		if err := rest(ctx, again); err != nil {
			return 0, 0, fmt.Errorf("%d of %d questions have their answers: %w", len(w.took), w.asked, err)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.took) == 0 {
		return 0, 0, errors.New("nobody asked")
	}
	slices.Sort(w.took)
	return w.took[len(w.took)*99/100].Round(time.Millisecond), len(w.took), nil
}

// middle is the middle one of their hundredths, and of how many answers they all are.
func middle(ctx context.Context, list []*waits) (time.Duration, int, error) {
	var each []time.Duration
	answers := 0
	for _, w := range list {
		took, of, err := w.hundredth(ctx)
		if err != nil {
			return 0, 0, err
		}
		each, answers = append(each, took), answers+of
	}
	slices.Sort(each)
	return each[len(each)/2], answers, nil
}

func (w *waits) over() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.took) == w.asked
}
