// Package failpoint ends a process by kill -9 at a step that a test has named: what a machine that loses power there leaves behind.
//
// It does so only in binaries that are built with -tags failpoints. In all others At is empty and Now is time.Now: no setting of an operator, and
// nothing that comes over a line, can bring a product's worker here.
//
// What a test sets:
//
//	COUNTERSIGN_FAILPOINT=decided@3     die when Decided is passed for the third time
//	COUNTERSIGN_CLOCK_AHEAD=10m         the clock of the machine is ahead; -10m: behind
//	COUNTERSIGN_POISON=u-poison-        Taste panics at users whose id begins so
//	COUNTERSIGN_POISON_HOLDS=2s         so late
package failpoint

// A Step is a boundary between two steps: nothing happens in the process between what is done before it and what is done behind.
type Step string

// Of whoever decides, in order.
const (
	Loaded    Step = "loaded"    // the head of a stream; nothing is decided
	Decided   Step = "decided"   // nothing is kept
	Appended  Step = "appended"  // the bus knows of nothing
	Scheduled Step = "scheduled" // the bus has the timers, and no event
	Published Step = "published" // the bus has confirmed all, and the message stays ours
	Marking   Step = "marking"   // published, and not noted as published
	Marked    Step = "marked"    // and noted
	Handled   Step = "handled"   // the message is about to be acknowledged
	Settled   Step = "settled"   // the acknowledgement is on its way, or is lost with the process
)

// Of the sweeper.
const (
	Sweeping Step = "sweeping" // it has found a commit that nobody published
	Swept    Step = "swept"    // and published it
	Firing   Step = "firing"   // it has found a timer that the bus did not deliver
	Fired    Step = "fired"    // and delivered it
)

// Of the notifier.
const (
	Intended Step = "intended" // the intent is kept, and no provider has been called
	Called   Step = "called"   // a provider has the message, and nobody has kept so
	Recorded Step = "recorded" // the outcome is kept
)

// Keyed: enroll has made a keyring for a user of whom nothing else is kept.
const Keyed Step = "keyed"
