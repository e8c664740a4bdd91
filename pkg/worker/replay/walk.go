package replay

import (
	"errors"
	"fmt"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
)

// A Walk folds one stream, commit by commit.
type Walk interface {
	// Step takes the next commit. *Differs says that the commit keeps another state; the walk can go on from what was folded. After any other
	// error it cannot.
	Step(c eventstore.Commit) error
	// State is what the events fold to so far.
	State() any
}

var (
	// ErrEarlier says that a commit has a time before that of the version before it.
	ErrEarlier = errors.New("is earlier than the version before it")
	// ErrUnreadable says that an event cannot be read or folded.
	ErrUnreadable = errors.New("holds an event that cannot be folded")
)

// Kinds are those of streams that there is a fold of.
func Kinds() []string {
	return []string{worker.EnrollmentKind, worker.GuardKind, worker.NotificationKind, worker.RecoveryKind}
}

// Begin begins before the first commit of a stream of a kind that Kinds names.
func Begin(kind string, r *events.Registry) (Walk, error) {
	k := worker.Kit{Registry: r}
	switch kind {
	case worker.EnrollmentKind:
		return begin(k.Enrollments()), nil
	case worker.GuardKind:
		return begin(k.Guards()), nil
	case worker.NotificationKind:
		return begin(k.Notifications()), nil
	case worker.RecoveryKind:
		return begin(k.Recoveries()), nil
	}
	return nil, fmt.Errorf("fold streams of kind %q: nobody knows how", kind)
}

func begin[S any](f eventstore.Fold[S]) Walk { return &walk[S]{fold: f} }

type walk[S any] struct {
	fold    eventstore.Fold[S]
	state   S
	version uint64
	at      time.Time
	user    string
}

func (w *walk[S]) State() any { return w.state }

func (w *walk[S]) Step(c eventstore.Commit) error {
	if err := w.follows(c); err != nil {
		return err
	}
	state, err := w.fold.After(w.state, c)
	if err != nil {
		return errors.Join(ErrUnreadable, err)
	}
	w.state, w.version, w.at, w.user = state, c.Version, c.At, c.User
	if c.State == nil || c.Fold != w.fold.Number {
		return nil
	}
	return compare(state, c.State)
}

func (w *walk[S]) follows(c eventstore.Commit) error {
	switch {
	case c.Version != w.version+1:
		return &eventstore.GapError{Stream: c.Stream, Want: w.version + 1, Found: c.Version}
	case w.version > 0 && c.User != w.user:
		return eventstore.ErrOtherUser
	case c.At.Before(w.at):
		return ErrEarlier
	case c.Fold > w.fold.Reads:
		return eventstore.ErrNewerFold
	}
	return nil
}
