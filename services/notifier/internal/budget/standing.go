package budget

import (
	"context"
	"time"

	"countersign/pkg/worker/policy"
)

// A standing is what was last found of a prefix.
type standing struct {
	until time.Time // it is paused
	at    time.Time
}

const (
	lookAgain = 5 * time.Second // how long a standing is gone by
	maxLooked = 10_000          // prefixes remembered
)

// standing says whether the message's prefix is paused, and begins the pause where its codes are hardly ever entered.
func (t *Till) standing(ctx context.Context, m Message, p policy.Policy, now time.Time) (Evidence, error) {
	if !m.textedCode() || p.Budget.PauseBelow == 0 {
		return Evidence{}, nil
	}
	until, err := t.pausedUntil(ctx, m.Platform, prefixOf(m), p, now)
	e := Evidence{Paused: now.Before(until), Proven: m.pool() == known}
	if err != nil || !e.Paused || !e.Proven {
		return e, err
	}
	e.Unanswered, err = t.unanswered(ctx, m.Platform, m.UserKey, now)
	return e, err
}

func (t *Till) pausedUntil(ctx context.Context, platform, prefix string, p policy.Policy, now time.Time) (time.Time, error) {
	place := name(platform, prefix)
	t.mu.Lock()
	s, known := t.looked[place]
	t.mu.Unlock()
	if age := now.Sub(s.at); known && age < lookAgain && age > -lookAgain {
		return s.until, nil
	}
	until, err := t.look(ctx, platform, prefix, p, now)
	if err != nil {
		return until, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.looked) >= maxLooked {
		clear(t.looked)
	}
	t.looked[place] = standing{until, now}
	return until, nil
}

func (t *Till) look(ctx context.Context, platform, prefix string, p policy.Policy, now time.Time) (time.Time, error) {
	until, err := t.Pauses.Until(ctx, platform, prefix)
	if err != nil || now.Before(until) {
		return until, err
	}
	c, err := t.conversion(ctx, platform, prefix, p, until, now)
	if err != nil || !c.Low(p.Budget) {
		return until, err
	}
	return t.Pauses.Begin(ctx, platform, prefix, c, now)
}

// conversion looks at what came since the last pause: what led to that does not lead to another.
func (t *Till) conversion(ctx context.Context, platform, prefix string, p policy.Policy, since, now time.Time) (Conversion, error) {
	sent, entered := conversionKeys(platform, prefix, p, since, now)
	sums, err := t.Counters.Read(ctx, append(sent, entered...))
	if err != nil {
		return Conversion{}, err
	}
	return Conversion{Sent: total(sums[:len(sent)]), Entered: total(sums[len(sent):])}, nil
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
