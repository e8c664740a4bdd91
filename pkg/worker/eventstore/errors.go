package eventstore

import (
	"errors"
	"fmt"
)

var (
	// ErrNoStream says that the stream has no commit.
	ErrNoStream = errors.New("no such stream")
	// ErrNoCommit says that the cause has no commit in the stream.
	ErrNoCommit = errors.New("no commit of this cause")
	// ErrNoPolicy says that no policy is kept under the hash.
	ErrNoPolicy = errors.New("no policy of this hash")
	// ErrConflict says that the version is taken, or that the commit queued behind one that failed: load again and decide again.
	ErrConflict = errors.New("version is taken")
	// ErrCauseSeen says that the cause has a commit in the stream: ByCause has the answer.
	ErrCauseSeen = errors.New("cause was seen before")
	// ErrTooLarge says that a commit passes MaxCommit or MaxCause.
	ErrTooLarge = errors.New("commit is too large")
	// ErrNewerFold says that a newer release wrote the stream's state: this one must not decide on it.
	ErrNewerFold = errors.New("stream was folded by a newer release")
	// ErrOtherUser says that the stream belongs to another user, whose id has the same userkey.
	ErrOtherUser = errors.New("stream belongs to another user")
	// ErrClosed says that the store is closed.
	ErrClosed = errors.New("store is closed")
)

// A GapError says that a stream lacks a version: something was lost, or two writers broke the lock. Nothing may be decided on it.
type GapError struct {
	Stream Stream
	Want   uint64 // a version that is missing
	Found  uint64 // the version that stands in its place; 0 for the end of the stream
}

func (e *GapError) Error() string {
	if e.Found == 0 {
		return fmt.Sprintf("stream %s ends before version %d: restore it from a backup", e.Stream, e.Want)
	}
	return fmt.Sprintf("stream %s lacks version %d before %d: restore it from a backup", e.Stream, e.Want, e.Found)
}
