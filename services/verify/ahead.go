package verify

import (
	"context"

	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
)

// An ahead reader has begun to read one head before it is asked for it. It gives that once: who looks again sees what has come since.
type ahead struct {
	eventstore.Reader
	begun chan reading // closed once what was begun is there; nil: nothing was
}

type reading struct {
	head eventstore.Commit
	err  error
}

// ahead begins to read the enrollment's head of a user who is not held, so that the guard's is read meanwhile: neither needs the other. Of one who
// is held, and of a message that will not be decided on, nothing is read.
func (s *shell) ahead(ctx context.Context, r decider.Request) ahead {
	a := ahead{Reader: s.Store}
	stream := enrollmentOf(r.Platform, r.UserKey)
	if _, held := s.known.Get(stream); held || r.Late {
		return a
	}
	a.begun = make(chan reading, 1)
	go func() {
		defer close(a.begun)
		head, err := s.Store.Head(ctx, stream)
		a.begun <- reading{head, err}
	}()
	return a
}

// Head is of the one stream.
func (a ahead) Head(ctx context.Context, stream eventstore.Stream) (eventstore.Commit, error) {
	if a.begun != nil {
		if r, first := <-a.begun; first {
			return r.head, r.err
		}
	}
	return a.Reader.Head(ctx, stream)
}

// end waits until nothing is read any more.
func (a ahead) end() {
	if a.begun != nil {
		for range a.begun {
			continue
		}
	}
}
