package ledgers_test

import (
	"fmt"

	"countersign/pkg/events/notification"
)

const unknown = string(notification.UnknownOutcome)

// agree holds what our ledger has of one notification to the calls that the providers saw of it.
func agree(o ours, theirs []row) error {
	takes := 0
	for _, r := range theirs {
		if r.met.taken() {
			takes++
		}
	}
	switch {
	case len(o.tries) > tries:
		return fmt.Errorf("%d tries were made", len(o.tries))
	case !matches(o.tries, theirs, false):
		return fmt.Errorf("the ledgers differ")
	case o.end == taken && takes == 0:
		return fmt.Errorf("told as sent, and nobody took it")
	case takes > 1+again(o.tries):
		return fmt.Errorf("taken %d times", takes)
	case o.end != taken:
		return lost(o, theirs, takes)
	}
	return nil
}

// matches pairs each call with the try that made it, in order. In doubt about a try before, the last one is told as unknown whatever it met.
func matches(all []try, theirs []row, doubt bool) bool {
	if len(all) == 0 {
		return len(theirs) == 0
	}
	first, more := all[0], doubt || all[0].doubt()
	overall := doubt && len(all) == 1 && first.said == unknown
	if len(theirs) > 0 && (first.was(theirs[0]) || overall && theirs[0].met == refused) && matches(all[1:], theirs[1:], more) {
		return true
	}
	return first.said == "" && !first.found && matches(all[1:], theirs, more) // its process died before the call
}

func (t try) was(r row) bool {
	if t.provider != r.provider || t.found && !r.met.taken() || t.settled && r.met.taken() {
		return false
	}
	switch t.said {
	case "":
		return r.by.dead()
	case taken:
		return r.met == nothing
	case unknown:
		return r.met.lost()
	}
	return r.met == refused
}

// again is how many tries were cut off where nobody can be asked: their message goes out once more.
func again(all []try) (n int) {
	for _, t := range all {
		if t.said == "" && t.provider != "twilio" {
			n++
		}
	}
	return n
}

// lost is an error unless a message that is not told as sent met a fault wherever it was tried.
func lost(o ours, theirs []row, takes int) error {
	var doubt, asked bool
	for _, t := range o.tries {
		doubt = doubt || t.doubt()
		asked = t.provider == "twilio" || t.said != unknown
	}
	for _, r := range theirs {
		if r.met == nothing && !r.by.dead() || r.met.taken() && r.provider == "twilio" {
			return fmt.Errorf("lost, though %s took it", r.provider)
		}
	}
	switch {
	case doubt != (o.end == unknown):
		return fmt.Errorf("a doubt is not named, or one is that there was not")
	case !doubt && takes > 0:
		return fmt.Errorf("told as %s, and taken %d times", o.end, takes)
	case len(o.tries) < tries && asked:
		return fmt.Errorf("given up after %d tries", len(o.tries))
	}
	return nil
}
