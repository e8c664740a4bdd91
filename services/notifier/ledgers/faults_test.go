package ledgers_test

import "countersign/services/notifier/sink"

// met is what a call met.
type met int

const (
	nothing           met = iota // taken and answered
	refused                      // and said so
	brokenOff                    // the line, and nothing was taken
	failing                      // an error of the server, and nothing was taken
	takenAndBrokenOff            // the line, before the answer
	takenAndFailing              // an error of the server
	takenAndHeld                 // nothing is ever answered
)

func (m met) String() string {
	return [...]string{
		"nothing", "refused", "broken off", "failing", "taken and broken off", "taken and failing", "taken and held",
	}[m]
}

func (m met) taken() bool { return m == nothing || m >= takenAndBrokenOff }

// lost is a call whose caller cannot know whether it was taken.
func (m met) lost() bool { return m >= brokenOff }

// faults are what one call in three meets.
var faults = []met{refused, refused, refused, brokenOff, failing, failing, takenAndBrokenOff, takenAndFailing, takenAndHeld}

// meets says what a call meets. The lock is held.
func (f *far) meets(provider string, c sink.Call) met {
	m := nothing
	if f.random.IntN(3) == 0 {
		m = faults[f.random.IntN(len(faults))]
	}
	switch {
	case f.deaths > 0 && len(f.rows)%8 == 7: // its caller dies now, with the message taken or not
		f.deaths--
		m = []met{nothing, brokenOff}[f.random.IntN(2)]
		f.callers[c.Line.String()].kill()
	case m == takenAndHeld && f.holding == 0: // nobody would end it
		m = takenAndFailing
	case m == takenAndHeld:
		f.holding--
	}
	f.note(provider, c, m)
	return m
}

func (f *far) note(provider string, c sink.Call, m met) {
	f.rows = append(f.rows, row{provider, c.To, m, f.callers[c.Line.String()]})
	f.tell()
}

func (f *far) tell() {
	select {
	case f.changed <- struct{}{}:
	default:
	}
}

// season says how many callers die in the middle of a call, and how many calls are held until their caller dies. In a
// season without deaths who is asked answers.
func (f *far) season(deaths, holding int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.deaths, f.holding, f.unsteady = deaths, holding, deaths > 0
}

// signs count all that callers do.
func (f *far) signs() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.rows) + f.asked
}
