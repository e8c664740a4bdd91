package eventstore

import (
	"context"
	"iter"
	"time"
)

// A Reader reads streams. Every read sees every append that was acknowledged before it began.
type Reader interface {
	// Head is the last commit: ErrNoStream when there is none, *GapError when the version before it is missing.
	Head(ctx context.Context, s Stream) (Commit, error)
	// Ends reports whether nothing follows version, which was read or appended before; 0: whether there is no stream. It says what Head would, and
	// brings nothing.
	Ends(ctx context.Context, s Stream, version uint64) (bool, error)
	// ByCause is the commit that answered a cause: ErrNoCommit when there is none.
	ByCause(ctx context.Context, s Stream, c Cause) (Commit, error)
	// Replay gives the commits from version from (at least 1) on, in order, and ends at an error: *GapError for a missing version.
	Replay(ctx context.Context, s Stream, from uint64) iter.Seq2[Commit, error]
}

// A Store keeps commits. Lists are cut at limit, which is at least 1.
type Store interface {
	Reader
	// Append writes the next version of a stream, not yet published. It returns ErrConflict, ErrCauseSeen (either where both are true) or ErrTooLarge when
	// nothing was written. After any other error, that of a cancelled context included, the outcome is unknown: load again.
	//
	// Appends in flight together are written together, one of each stream: a later one waits for the former's result, and gets
	// ErrConflict without being written when that is an error.
	Append(ctx context.Context, c Commit) error
	// Pending is what is not marked published and has At before before, oldest first.
	Pending(ctx context.Context, kind string, before time.Time, limit int) ([]Commit, error)
	// PublishedAbove is what was published under a higher BusSequence, lowest first: a bus that ends at sequence has lost it.
	PublishedAbove(ctx context.Context, kind string, sequence uint64, limit int) ([]Commit, error)
	// MarkPublished notes that commits are published. The states of the versions before them are dropped by then.
	MarkPublished(ctx context.Context, marks []Mark) error
	// Due is the timers before before that are not marked fired, oldest first.
	Due(ctx context.Context, kind string, before time.Time, limit int) ([]DueTimer, error)
	// Waiting is the streams of a platform with a timer that is not marked fired, each once, in the order of their names, from the first
	// whose name sorts behind after on; after is a name or the beginning of one, "" for all.
	Waiting(ctx context.Context, kind, platform, after string, limit int) ([]Stream, error)
	// MarkFired notes that timers have had their effect.
	MarkFired(ctx context.Context, fired []Fired) error
	// PutPolicy keeps a policy's document by its hash, at most MaxCommit bytes; a hash that is there keeps its document.
	PutPolicy(ctx context.Context, hash string, document []byte) error
	// Policy is the document that PutPolicy kept: ErrNoPolicy when there is none.
	Policy(ctx context.Context, hash string) ([]byte, error)
	// Close waits for appends in flight and refuses later ones with ErrClosed.
	Close() error
}

// A LinearizableReader can also prove that a head is still the last one at the time of the read, on a server whose primary may have been
// replaced without knowing it.
type LinearizableReader interface {
	HeadLinearizable(ctx context.Context, s Stream) (Commit, error)
}

// A Whole store can be read to its end, while others append to it.
type Whole interface {
	Reader
	// All gives the commits of a kind, stream by stream, each in the order of its versions, and ends at an error. It looks for no gaps. Of what is
	// appended meanwhile to a stream it gives the first versions, or none.
	All(ctx context.Context, kind string) iter.Seq2[Commit, error]
}

// Linearizable reads heads linearizably where r can: for decisions that append nothing, so that no append fences their read.
func Linearizable(r Reader) Reader {
	if l, ok := r.(LinearizableReader); ok {
		return linearizable{r, l}
	}
	return r
}

type linearizable struct {
	Reader
	l LinearizableReader
}

func (r linearizable) Head(ctx context.Context, s Stream) (Commit, error) {
	return r.l.HeadLinearizable(ctx, s)
}
