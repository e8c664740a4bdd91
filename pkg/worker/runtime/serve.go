package runtime

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// A Part is one thing that a process runs. What it does not need is nil.
type Part struct {
	Name string
	// Run works until its context ends, which is after Flush; returning before is a failure of the process.
	Run func(context.Context) error
	// Ready is closed when Run has begun its work; nil: at once.
	Ready <-chan struct{}
	// Stop takes in nothing new, Finish ends what has begun, Flush makes known what was done; in this order.
	Stop, Finish, Flush func(context.Context) error
	// Close lets go of connections and files. It is called whatever went wrong before.
	Close func(context.Context) error
}

// A Service is the parts of a process.
type Service struct {
	Parts  []Part        // what others need comes first: it is closed last
	Admin  *Admin        // nil: none
	Drain  time.Duration // bounds Stop, Finish and Flush of all parts together; 0: 25 s
	Logger *slog.Logger
}

const (
	defaultDrain = 25 * time.Second
	closeTimeout = 3 * time.Second // of all parts together, after the drain
)

// Serve runs the parts until ctx ends or one of them fails, and drains: first it is not ready any more, then every part
// stops taking in, finishes, and flushes, then they end and close. The error is why a part failed and what could not be
// drained; nil after a clean end.
func Serve(ctx context.Context, s Service) error {
	s.announce()
	running := s.start(ctx)
	s.Logger.InfoContext(ctx, "serving")
	failure := running.wait(ctx)
	if s.Admin != nil {
		s.Admin.set(errDraining)
	}
	s.Logger.InfoContext(ctx, "draining", "reason", reason(failure))
	ctx = context.WithoutCancel(ctx)
	err := errors.Join(failure, s.drain(ctx, running), s.close(ctx))
	s.Logger.InfoContext(ctx, "drained")
	return err
}

func reason(failure error) string {
	if failure != nil {
		return failure.Error()
	}
	return "told to stop"
}

// announce makes the process as ready as its parts are.
func (s Service) announce() {
	if s.Admin == nil {
		return
	}
	for _, p := range s.Parts {
		if p.Ready != nil {
			s.Admin.Check(p.Name, started(p.Ready))
		}
	}
	s.Admin.set(nil)
}

// running is the parts' Runs.
type running struct {
	stop  context.CancelFunc
	left  int
	ended chan outcome
}

type outcome struct {
	name string
	err  error
}

func (s Service) start(ctx context.Context) *running {
	inner, stop := context.WithCancel(context.WithoutCancel(ctx))
	r := &running{stop: stop, ended: make(chan outcome, len(s.Parts))}
	for _, p := range s.Parts {
		if p.Run != nil {
			r.left++
			go func() { r.ended <- outcome{p.Name, p.Run(inner)} }()
		}
	}
	return r
}

func started(ready <-chan struct{}) func(context.Context) error {
	return func(context.Context) error {
		select {
		case <-ready:
			return nil
		default:
			return errStarting
		}
	}
}

var errEnded = errors.New("ended by itself")

// wait gives nil when ctx ends, an error when a part does.
func (r *running) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case o := <-r.ended:
		r.left--
		if o.err == nil {
			o.err = errEnded
		}
		return fmt.Errorf("run %s: %w", o.name, o.err)
	}
}

// end waits for what still runs.
func (r *running) end(ctx context.Context) (err error) {
	r.stop()
	for ; r.left > 0; r.left-- {
		select {
		case o := <-r.ended:
			if o.err != nil && !errors.Is(o.err, context.Canceled) {
				err = errors.Join(err, fmt.Errorf("end %s: %w", o.name, o.err))
			}
		case <-ctx.Done():
			return errors.Join(err, fmt.Errorf("end %d parts that still run: %w", r.left, ctx.Err()))
		}
	}
	return err
}

func (s Service) drain(ctx context.Context, r *running) error {
	if s.Drain == 0 {
		s.Drain = defaultDrain
	}
	ctx, cancel := context.WithTimeout(ctx, s.Drain)
	defer cancel()
	err := errors.Join(
		s.each(ctx, "stop", s.Parts, func(p Part) func(context.Context) error { return p.Stop }),
		s.each(ctx, "finish", s.Parts, func(p Part) func(context.Context) error { return p.Finish }),
		s.each(ctx, "flush", s.Parts, func(p Part) func(context.Context) error { return p.Flush }),
	)
	return errors.Join(err, r.end(ctx))
}

func (s Service) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	last := slices.Clone(s.Parts)
	slices.Reverse(last)
	err := s.each(ctx, "close", last, func(p Part) func(context.Context) error { return p.Close })
	if s.Admin != nil {
		err = errors.Join(err, s.Admin.Close(ctx))
	}
	return err
}

// each does one step of every part, and goes on where one fails. A step that does not end with its context is left behind.
func (s Service) each(ctx context.Context, verb string, parts []Part, step func(Part) func(context.Context) error) (err error) {
	for _, p := range parts {
		f := step(p)
		if f == nil {
			continue
		}
		done := make(chan error, 1)
		go func() { done <- f(ctx) }()
		var failed error
		select {
		case failed = <-done:
		case <-ctx.Done():
			failed = ctx.Err()
		}
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("%s %s: %w", verb, p.Name, failed))
		}
	}
	return err
}
