package budget_test

import (
	"fmt"
	"testing"
	"time"

	"countersign/pkg/worker/policy"
	"countersign/services/notifier/internal/budget"
)

// pumped has n codes sent to new numbers of a prefix, a fifth of a minute apart, and some of them entered.
func (h *house) pumped(n, entered int) (sent int) {
	h.t.Helper()
	return h.pumps(n, entered, func(i int) budget.Message { return enroll(user(i), phone(i)) })
}

func (h *house) pumps(n, entered int, message func(i int) budget.Message) (sent int) {
	h.t.Helper()
	for i := range n {
		if h.take(message(i)) == "" {
			sent++
		}
		h.after(12 * time.Second)
		if i < entered {
			h.enters(message(i), fmt.Sprint("e", h.taken))
		}
	}
	return sent
}

func TestAPrefixWhoseCodesAreHardlyEverEnteredIsPaused(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(*policy.Budget)
		n       int // codes
		entered int
		want    bool
	}{
		{"none is entered", nil, 200, 0, true},
		{"one of twenty is", nil, 200, 10, true},
		{"one of ten is", nil, 200, 20, false},
		{"too few are sent to say so", nil, 29, 0, false},
		{"none is paused", func(b *policy.Budget) { b.PauseBelow = 0 }, 200, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			if c.change != nil {
				c.change(&h.policy.Budget)
			}
			h.pumped(c.n, c.entered)
			h.after(20 * time.Minute)
			over := h.take(enroll("bob", phone(999)))
			if got := over == budget.Pause; got != c.want {
				t.Errorf("paused %v after %v, want %v", got, h.pauses.begun, c.want)
			}
			if over := h.take(enroll("bob", "+4915234567890")); over != "" {
				t.Errorf("another prefix: %s", over)
			}
		})
	}
}

func TestCodesThatMayYetBeEnteredDoNotPause(t *testing.T) {
	h := newHouse(t)
	h.after(8 * time.Minute) // some of the time is of one part of the window, some of the next
	for i := range 200 {
		h.take(login(user(i), phone(i)))
		h.after(time.Second)
	}
	h.after(10 * time.Second)
	h.take(login("ann", phone(0)))
	if len(h.pauses.begun) > 0 {
		t.Errorf("paused because of %v, though all codes live", h.pauses.begun)
	}
	h.after(10 * time.Minute)
	h.take(login("ann", phone(0)))
	if len(h.pauses.begun) != 1 {
		t.Errorf("paused because of %v, want once when they are dead", h.pauses.begun)
	}
}

func TestAPauseEndsByItselfAndWhatLedToItLeadsToNoOther(t *testing.T) {
	h := newHouse(t, func(b *policy.Budget) { b.PauseFor = time.Hour })
	h.pumped(100, 0)
	if len(h.pauses.begun) != 1 {
		t.Fatalf("paused %d times", len(h.pauses.begun))
	}
	h.after(time.Hour)
	if sent := h.pumped(29, 29); sent != 29 {
		t.Errorf("%d of 29 went out after it", sent)
	}
	h.after(time.Hour)
	if over := h.take(enroll("bob", phone(999))); over != "" || len(h.pauses.begun) != 1 {
		t.Errorf("%s, though codes are entered now", over)
	}
}

func TestAfterAPauseFewNewNumbersAreTriedUntilItIsSeenThatTheyEnterCodes(t *testing.T) {
	h := newHouse(t, func(b *policy.Budget) { b.PauseFor = time.Hour })
	h.pumped(100, 0)
	h.after(time.Hour)
	if sent := h.pumped(100, 0); sent != 30 || len(h.pauses.begun) != 2 {
		t.Errorf("%d went out, want 30, and it was paused %d times, want 2", sent, len(h.pauses.begun))
	}
	if over := h.take(login("ann", phone(7))); over != "" {
		t.Errorf("who has proven a number: %s", over)
	}
}

func TestWhoEntersCodesIsServedInAPausedPrefix(t *testing.T) {
	h := newHouse(t)
	h.pumps(100, 0, func(i int) budget.Message { return login(user(i), phone(i)) })
	for n := range 12 {
		if over := h.take(login("ann", phone(7))); over != "" {
			t.Fatalf("login %d: %s", n, over)
		}
		h.enters(login("ann", phone(7)), fmt.Sprint("c", n))
		h.after(10 * time.Minute)
	}
	if sent, over := h.sends(10, func(int) budget.Message { return login("mallory", phone(8)) }); sent != 3 || over != budget.Pause {
		t.Errorf("of one who enters none %d went out until %q, want 3", sent, over)
	}
	if over := h.take(enroll("bob", phone(9))); over != "" {
		t.Errorf("a new number, of which nothing was heard: %s", over)
	}
}

func TestWhatNewNumbersDoSaysNothingOfThoseThatAreProven(t *testing.T) {
	h := newHouse(t)
	h.pumped(100, 0)
	if sent, over := h.sends(10, func(int) budget.Message { return login("ann", phone(7)) }); sent != 10 {
		t.Errorf("%d logins went out until %q, want 10", sent, over)
	}
}

func TestAnEntryIsCountedOnce(t *testing.T) {
	h := newHouse(t)
	for i := range 40 {
		h.take(enroll(user(i), phone(i)))
	}
	for range 40 {
		h.enters(enroll(user(0), phone(0)), "e0")
	}
	h.after(time.Hour)
	h.take(enroll("bob", phone(999)))
	if want := (budget.Conversion{Sent: 40, Entered: 1}); len(h.pauses.begun) != 1 || h.pauses.begun[0] != want {
		t.Errorf("paused because of %v, want %v", h.pauses.begun, want)
	}
}

func TestAnOldEntryIsNotCounted(t *testing.T) {
	h := newHouse(t)
	before := len(h.counters.keys)
	err := h.tills[0].Entered(t.Context(), budget.Entry{Platform: "acme", UserKey: "ann", About: "e0", At: h.now.Add(-25 * time.Hour)}, h.policy, h.now)
	if err != nil || len(h.counters.keys) != before {
		t.Errorf("%v, counted %v", err, h.counters.keys[before:])
	}
}
