package decider

import (
	"time"

	"countersign/pkg/worker/eventstore"
)

// An Observer is told of every decision of a worker's rules, as it is taken. Several may be taken at once; one whose commit comes too late is taken
// again, on another version.
type Observer func(Taken)

// A Taken decision rests on a state, an input and a time, and on nothing else: it can be taken again.
type Taken struct {
	Stream  eventstore.Stream
	Version uint64           // of the state; 0: there was no stream
	Cause   eventstore.Cause // names the commit, if the decision is kept
	Input   any              // what the rules were asked, with the evidence
	Now     time.Time
	Made    Made
	// Again takes it once more, on a state of the stream's fold, about the same input at the same time.
	Again func(state any) Made
}

// Made is what a decision comes to.
type Made struct {
	Commit      eventstore.Commit // what would be kept of it
	Uncommitted bool
	Err         error // why nothing is
}

// Take has pure rules decide about r on what was loaded: of the same state they must make the same decision for ever. Everything else that they
// go by they hold as values: a policy, the time now, and input, which holds the evidence.
func (h *Handler[S]) Take(r Request, l eventstore.Loaded[S], now time.Time, input any, rules func(S) (Decision, error)) (Decision, error) {
	d, err := take(r, l.State, now, rules)
	if h.Observe != nil {
		h.Observe(h.taken(r, l, now, input, rules, d, err))
	}
	return d, err
}

func take[S any](r Request, state S, now time.Time, rules func(S) (Decision, error)) (Decision, error) {
	d, err := rules(state)
	d.Uncommitted = d.Uncommitted || Shares(r, state, d, now)
	return d, err
}

func (h *Handler[S]) taken(r Request, l eventstore.Loaded[S], now time.Time, input any, rules func(S) (Decision, error), d Decision, err error) Taken {
	return Taken{
		Stream: l.Stream, Version: l.Version, Cause: r.Cause, Input: input, Now: now, Made: h.made(r, l, now, d, err),
		Again: func(state any) Made {
			on := l
			on.State = state.(S)
			d, err := take(r, on.State, now, rules)
			return h.made(r, on, now, d, err)
		},
	}
}

func (h *Handler[S]) made(r Request, l eventstore.Loaded[S], now time.Time, d Decision, err error) Made {
	m := Made{Uncommitted: d.Uncommitted, Err: err}
	if err == nil {
		var next eventstore.Loaded[S]
		next, m.Err = h.advance(r, l, d, now)
		m.Commit = next.Head
	}
	return m
}
