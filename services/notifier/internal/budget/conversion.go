package budget

import (
	"time"

	"countersign/pkg/worker/policy"
)

// Codes are those for the numbers of a prefix: that their users have proven, or that nobody has. What comes of the ones says nothing of the
// others.
type Codes struct {
	Platform string
	Prefix   string
	Proven   bool
}

func (c Codes) pool() pool {
	if c.Proven {
		return known
	}
	return first
}

// A Conversion is what came of the codes of a prefix within the window: those that were sent so long ago that they are dead, and those that
// were entered.
type Conversion struct{ Sent, Entered int64 }

// Low says that the codes are hardly ever entered.
func (c Conversion) Low(b policy.Budget) bool {
	return c.Sent >= int64(b.PauseAfter) && c.Entered*100 < c.Sent*int64(b.PauseBelow)
}

// pausing says whether conversions are of use: both of their sides are counted, or none.
func pausing(p policy.Policy) bool { return p.Budget.PauseBelow > 0 }

// slotsPerWindow is how finely the window moves.
const slotsPerWindow = 12

func slotLength(b policy.Budget) time.Duration { return b.PauseWindow / slotsPerWindow }

// slot numbers the part of the window in which at lies.
func slot(at time.Time, length time.Duration) int64 { return at.Unix() / int64(length/time.Second) }

func (c Codes) slotName(what string, length time.Duration, n int64) string {
	return name(c.Platform, what, length.String(), number(n), string(c.pool()), c.Prefix)
}

// slotCount counts a code as sent, or as entered.
func (c Codes) slotCount(what string, p policy.Policy, at time.Time) Count {
	length := slotLength(p.Budget)
	return Count{c.slotName(what, length, slot(at, length)), 1, at.Add(p.Budget.PauseWindow + length + hour)}
}

const (
	sent    = "sent"
	entered = "entered"
)

// conversionKeys are the counters of a conversion at now. What was sent is counted from the end of the last pause on and until codes of then are
// dead; what was entered until now, which can only speak for the prefix.
func (c Codes) conversionKeys(p policy.Policy, last Paused, now time.Time) (out, back []string) {
	length, life := slotLength(p.Budget), max(p.Code.Life, p.Recovery.CodeLife)
	begin := slot(now.Add(-p.Budget.PauseWindow-life), length)
	if !last.Until.IsZero() { // a slot that the pause began in holds what led to it
		begin = max(begin, slot(last.Until, length), slot(last.From, length)+1)
	}
	for n := begin; n < slot(now.Add(-life), length); n++ {
		out = append(out, c.slotName(sent, length, n))
	}
	for n := begin; n <= slot(now, length); n++ {
		back = append(back, c.slotName(entered, length, n))
	}
	return out, back
}
