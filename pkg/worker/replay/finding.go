package replay

import (
	"errors"
	"fmt"

	"countersign/pkg/events"
	"countersign/pkg/worker/eventstore"
)

// A Finding is one thing that does not hold.
type Finding struct {
	Stream  eventstore.Stream
	Version uint64 // of the commit that shows it
	Why     error
}

// String is a sentence that shows nothing of what the commit holds.
func (f Finding) String() string {
	return fmt.Sprintf("%s version %d %s", f.Stream, f.Version, why(f.Why))
}

func why(err error) string {
	if d, ok := errors.AsType[*Differs](err); ok {
		return d.Error()
	}
	if gap, ok := errors.AsType[*eventstore.GapError](err); ok {
		return fmt.Sprintf("stands where version %d is missing", gap.Want)
	}
	for _, known := range []struct {
		err  error
		says string
	}{
		{eventstore.ErrOtherUser, "is of another user than the versions before it"},
		{eventstore.ErrNewerFold, "was written by a newer release, which can check it"},
		{eventstore.ErrNoPolicy, "is the first that names a policy which is not kept"},
		{events.ErrUnknownType, "holds an event of a type that this release does not know"},
		{ErrEarlier, ErrEarlier.Error()},
	} {
		if errors.Is(err, known.err) {
			return known.says
		}
	}
	return ErrUnreadable.Error()
}
