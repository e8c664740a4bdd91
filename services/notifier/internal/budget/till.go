package budget

import (
	"context"
	"fmt"
	"sync"
	"time"

	"countersign/pkg/worker/policy"
)

// Pauses keeps for all processes which codes are paused.
type Pauses interface {
	// Last is the last pause of some codes; the zero value where there was none.
	Last(ctx context.Context, of Codes) (Paused, error)
	// Begin pauses them because of c, unless they are paused at now, and says how they are paused then.
	Begin(ctx context.Context, of Codes, c Conversion, now time.Time) (Paused, error)
}

// Paused is a pause: it lasts until Until.
type Paused struct{ From, Until time.Time }

func (p Paused) lasts(now time.Time) bool { return now.Before(p.Until) }

// probation is as long after a pause as it was.
func (p Paused) probation(now time.Time) bool {
	return !p.Until.IsZero() && now.Before(p.Until.Add(p.Until.Sub(p.From)))
}

// Config is what a Till is made of; every field is required.
type Config struct {
	Counters Counters
	Secrets  Secrets
	Pauses   Pauses
}

// A Till counts for one process. It is safe for concurrent use.
type Till struct {
	Config
	mu     sync.Mutex
	looked map[Codes]standing
}

// New makes a Till.
func New(c Config) *Till { return &Till{Config: c, looked: map[Codes]standing{}} }

// Taken is a message that is counted. Unless it goes out, it is to be given back.
type Taken struct {
	Evidence
	counts []Count
}

// Take counts a message that is about to go out. What is over its budget without being counted is not counted.
func (t *Till) Take(ctx context.Context, m Message, p policy.Policy, now time.Time) (Taken, error) {
	taken, at := Taken{}, placeOf(m)
	uses := t.Secrets.uses(m, at, p, now)
	if len(uses) == 0 {
		return taken, nil
	}
	last, err := t.pauseOf(ctx, m, at.Codes, p, now)
	if err == nil {
		taken.Evidence, err = t.standing(ctx, m, last, now)
	}
	if err != nil || taken.Over() != "" {
		return taken, wrap("look at the budget", err)
	}
	if !at.Proven && last.probation(now) {
		uses = onProbation(uses, p.Budget)
	}
	counts := make([]Count, len(uses))
	for i, u := range uses {
		counts[i] = u.Count
	}
	sums, err := t.Counters.Add(ctx, counts)
	if err != nil { // what may not have been added is not given back
		return Taken{}, wrap("take from the budget", err)
	}
	taken.counts = counts
	for i, u := range uses {
		if u.scope != "" {
			taken.Spent = append(taken.Spent, Spent{u.scope, sums[i], int64(u.limit)})
		}
	}
	return taken, nil
}

// Return gives back what was taken for a message that does not go out.
func (t *Till) Return(ctx context.Context, taken Taken) error {
	if len(taken.counts) == 0 {
		return nil
	}
	back := make([]Count, len(taken.counts))
	for i, c := range taken.counts {
		back[i] = c
		back[i].By = -c.By
	}
	_, err := t.Counters.Add(ctx, back)
	return wrap("give back to the budget", err)
}

func wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
