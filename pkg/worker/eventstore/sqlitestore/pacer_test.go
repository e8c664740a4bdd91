package sqlitestore

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// A chore takes so long, fails the first times, and notes when it was done.
type chore struct {
	takes time.Duration
	fails int
	began time.Time
	done  []time.Duration
}

func (c *chore) do() error {
	<-time.After(c.takes) // of a clock that synctest moves
	c.done = append(c.done, time.Since(c.began))
	if len(c.done) <= c.fails {
		return errors.New("no room")
	}
	return nil
}

func TestAPacerGoesByHowLongItTakes(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name        string
		takes, told time.Duration // told: every so often for three seconds
		want        []time.Duration
	}{
		{"nothing is done where nothing is told", ms, 0, nil},
		{"what takes hardly any time is done 25 ms after the first reason", 0, 4 * time.Second, []time.Duration{25 * ms}},
		{"what takes some time is done a twentieth of it", 40 * ms, ms, []time.Duration{65 * ms, 905 * ms, 1745 * ms, 2585 * ms}},
		{"what takes long is done after a second again", 500 * ms, ms, []time.Duration{525 * ms, 2025 * ms}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				chore := &chore{takes: c.takes, began: time.Now()}
				p := newPacer(chore.do)
				tellFor(p, 3*time.Second, c.told)
				p.end()
				if !slices.Equal(chore.done, c.want) {
					t.Errorf("done after %v, want %v", chore.done, c.want)
				}
			})
		})
	}
}

func tellFor(p *pacer, long, every time.Duration) {
	for spent := time.Duration(0); spent < long; spent += max(every, time.Millisecond) {
		if every > 0 {
			p.tell()
		}
		<-time.After(min(max(every, time.Millisecond), long-spent))
	}
}

func TestWhatFailsIsDoneAgainASecondLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &chore{began: time.Now(), fails: 3}
		p := newPacer(c.do)
		p.tell()
		<-time.After(time.Minute)
		p.end()
		if want := []time.Duration{25 * time.Millisecond, 1025 * time.Millisecond, 2025 * time.Millisecond, 3025 * time.Millisecond}; !slices.Equal(c.done, want) {
			t.Errorf("done after %v, want %v", c.done, want)
		}
	})
}

func TestAnEndWaitsForWhatIsBeingDoneAndForNoPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &chore{began: time.Now(), takes: time.Hour}
		p := newPacer(c.do)
		p.tell()
		<-time.After(time.Second)
		p.tell()
		p.end()
		if took := time.Since(c.began); len(c.done) != 1 || took != time.Hour+25*time.Millisecond {
			t.Errorf("ended after %v, done %v", took, c.done)
		}
	})
}
