package budget

import (
	"context"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/phone"
	"countersign/pkg/worker/policy"
)

// An Entry is a texted code that was entered.
type Entry struct {
	Platform string
	UserKey  string
	About    string // the challenge, enrollment or case whose code it was: it is counted once
	First    bool   // it proved the number: it answers none of the codes that the user is judged by
	To       events.Secret
	At       time.Time
}

// tooOld is after how long an entry says nothing any more: no window is longer.
const tooOld = 24 * time.Hour

// Entered counts a code that was entered, for its prefix and its user. Told again it changes nothing; a crash while it is told again can count it
// once more.
func (t *Till) Entered(ctx context.Context, e Entry, p policy.Policy, now time.Time) error {
	if !pausing(p) || now.Sub(e.At) > tooOld {
		return nil
	}
	h := hourOf(e.At)
	counts := []Count{
		{name(e.Platform, "told", e.About), 1, e.At.Add(tooOld + hour)},
		Codes{e.Platform, phone.Prefix(e.To), !e.First}.slotCount(entered, p, e.At),
	}
	if !e.First {
		counts = append(counts, Count{t.Secrets.answered(e.Platform, e.UserKey, h), 1, kept(h)})
	}
	sums, err := t.Counters.Add(ctx, counts)
	if err == nil && sums[0] > 1 {
		err = t.Return(ctx, Taken{counts: counts})
	}
	return wrap("count an entered code", err)
}
