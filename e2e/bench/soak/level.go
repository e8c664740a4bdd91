package soak

import (
	"errors"
	"fmt"
)

// What may be more in the last tenth than in the second one: a collection comes sooner or later, more or fewer messages are
// being handled.
const (
	moreOf         = 1.1
	moreMiB        = 4
	moreGoroutines = 10
)

// Second and Last are the two tenths that are compared: in the first one caches fill.
func (r Run) Second() Period { return r.Periods[1] }
func (r Run) Last() Period   { return r.Periods[len(r.Periods)-1] }

// Level is an error that names what has grown.
func (r Run) Level() error {
	early, late := r.Second(), r.Last()
	return errors.Join(
		grown("resident MiB", early.Resident, late.Resident, moreMiB),
		grown("MiB in use", early.Live, late.Live, moreMiB),
		grown("goroutines", float64(early.Goroutines), float64(late.Goroutines), moreGoroutines),
	)
}

func grown(what string, early, late, more float64) error {
	if late <= early*moreOf+more {
		return nil
	}
	return fmt.Errorf("%s are not level: %.1f in the second tenth, %.1f in the last", what, early, late)
}
