package budget

import (
	"time"

	"countersign/pkg/worker/policy"
)

// A Conversion is what came of the codes of a prefix within the window: those that were sent so long ago that they are dead, and those that
// were entered.
type Conversion struct{ Sent, Entered int64 }

// Low says that the codes are hardly ever entered.
func (c Conversion) Low(b policy.Budget) bool {
	return c.Sent >= int64(b.PauseAfter) && c.Entered*100 < c.Sent*int64(b.PauseBelow)
}

// slotsPerWindow is how finely the window moves.
const slotsPerWindow = 12

func slotLength(b policy.Budget) time.Duration { return b.PauseWindow / slotsPerWindow }

// slot numbers the part of the window in which at lies.
func slot(at time.Time, length time.Duration) int64 { return at.Unix() / int64(length/time.Second) }

func slotName(platform, what string, length time.Duration, n int64, prefix string) string {
	return name(platform, what, length.String(), number(n), prefix)
}

func slotCount(platform, what, prefix string, p policy.Policy, at time.Time) use {
	length := slotLength(p.Budget)
	n := slot(at, length)
	return use{Count: Count{slotName(platform, what, length, n, prefix), 1, at.Add(p.Budget.PauseWindow + length + hour)}}
}

func sentCount(platform, prefix string, p policy.Policy, at time.Time) use {
	return slotCount(platform, "sent", prefix, p, at)
}

func enteredCount(platform, prefix string, p policy.Policy, at time.Time) use {
	return slotCount(platform, "entered", prefix, p, at)
}

// conversionKeys are the counters of a prefix's conversion at now. What was sent is counted from since on and until codes of then are dead; what
// was entered until now, which can only speak for the prefix.
func conversionKeys(platform, prefix string, p policy.Policy, since, now time.Time) (sent, entered []string) {
	length, life := slotLength(p.Budget), max(p.Code.Life, p.Recovery.CodeLife)
	if from := now.Add(-p.Budget.PauseWindow - life); from.After(since) {
		since = from
	}
	begin := slot(since.Add(length-time.Second), length)
	for n := begin; n < slot(now.Add(-life), length); n++ {
		sent = append(sent, slotName(platform, "sent", length, n, prefix))
	}
	for n := begin; n <= slot(now, length); n++ {
		entered = append(entered, slotName(platform, "entered", length, n, prefix))
	}
	return sent, entered
}
