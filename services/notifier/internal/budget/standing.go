package budget

import (
	"context"
	"time"

	"countersign/pkg/worker/policy"
)

// A standing is what was last found of some codes.
type standing struct {
	last Paused
	at   time.Time
}

const (
	lookAgain = 5 * time.Second // how long a standing is gone by
	maxLooked = 10_000          // remembered
)

// onProbation lets no more codes go to new numbers of a prefix than it takes to see whether they are entered.
func onProbation(uses []use, b policy.Budget) []use {
	for i, u := range uses {
		if u.scope == Prefix {
			uses[i].limit = min(u.limit, b.PauseAfter)
		}
	}
	return uses
}

// standing is what is known of the message before it is counted.
func (t *Till) standing(ctx context.Context, m Message, last Paused, now time.Time) (e Evidence, err error) {
	e.Proven = m.textedCode() && m.pool() == known
	e.Paused = last.lasts(now)
	if e.Paused && e.Proven {
		e.Unanswered, err = t.unanswered(ctx, m.Platform, m.UserKey, now)
	}
	return e, err
}

// pauseOf is the last pause of codes like the message's, which it begins where they are hardly ever entered.
func (t *Till) pauseOf(ctx context.Context, m Message, of Codes, p policy.Policy, now time.Time) (Paused, error) {
	if !m.textedCode() || !pausing(p) {
		return Paused{}, nil
	}
	t.mu.Lock()
	s, known := t.looked[of]
	t.mu.Unlock()
	if age := now.Sub(s.at); known && age < lookAgain && age > -lookAgain {
		return s.last, nil
	}
	last, err := t.look(ctx, of, p, now)
	if err != nil {
		return last, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.looked) >= maxLooked {
		clear(t.looked)
	}
	t.looked[of] = standing{last, now}
	return last, nil
}

func (t *Till) look(ctx context.Context, of Codes, p policy.Policy, now time.Time) (Paused, error) {
	last, err := t.Pauses.Last(ctx, of)
	if err != nil || last.lasts(now) {
		return last, err
	}
	c, err := t.conversion(ctx, of, p, last, now)
	if err != nil || !c.Low(p.Budget) {
		return last, err
	}
	return t.Pauses.Begin(ctx, of, c, now)
}

// conversion looks at what came since the last pause: what led to that does not lead to another.
func (t *Till) conversion(ctx context.Context, of Codes, p policy.Policy, last Paused, now time.Time) (Conversion, error) {
	out, back := of.conversionKeys(p, last, now)
	sums, err := t.Counters.Read(ctx, append(out, back...))
	if err != nil {
		return Conversion{}, err
	}
	return Conversion{Sent: total(sums[:len(out)]), Entered: total(sums[len(out):])}, nil
}

func (t *Till) unanswered(ctx context.Context, platform, userkey string, now time.Time) (int64, error) {
	h := hourOf(now)
	sums, err := t.Counters.Read(ctx, []string{
		t.Secrets.texted(platform, userkey, h), t.Secrets.texted(platform, userkey, h-1),
		t.Secrets.answered(platform, userkey, h), t.Secrets.answered(platform, userkey, h-1),
	})
	if err != nil {
		return 0, err
	}
	return max(0, total(sums[:2])-total(sums[2:])), nil
}

func total(sums []int64) (n int64) {
	for _, s := range sums {
		n += s
	}
	return n
}
