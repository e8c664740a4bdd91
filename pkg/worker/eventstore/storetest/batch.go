package storetest

import (
	"context"
	"errors"
	"testing"

	"countersign/pkg/worker/eventstore"
)

var batching = []scenario{
	{"a commit that is queued behind one that fails is not written", func(t *testing.T, p Place) {
		for name, first := range map[string]eventstore.Commit{"conflict": rival("a", 2, "late"), "cause": recaused("a", 3, 2)} {
			t.Run(name, func(t *testing.T) { queuedBehind(t, p, first) })
		}
	}},
	{"commits of one batch have results of their own", func(t *testing.T, p Place) {
		g := gate()
		s := p.Open(t, g.hold)
		defer func() { noError(t, s.Close()) }()
		p.Fill(t, history("taken", 2))
		p.Fill(t, history("seen", 2))
		first := g.start(t.Context(), s, commit("first", 1))
		<-g.held
		before, taken := g.start(t.Context(), s, commit("before", 1)), g.start(t.Context(), s, rival("taken", 2, "x"))
		between, seen := g.start(t.Context(), s, commit("between", 1)), g.start(t.Context(), s, recaused("seen", 3, 1))
		after := g.start(t.Context(), s, commit("after", 1))
		close(g.release)
		wantError(t, <-taken, eventstore.ErrConflict)
		wantError(t, <-seen, eventstore.ErrCauseSeen)
		for user, result := range map[string]<-chan error{"first": first, "before": before, "between": between, "after": after} {
			noError(t, <-result)
			wantEqual(t, "head of "+user, head(t, s, stream(user)), commit(user, 1))
		}
		wantEqual(t, "batches", g.sizes(), []int{1, 5})
	}},
	{"a caller that gives up harms nobody", func(t *testing.T, p Place) {
		g := gate()
		s := p.Open(t, g.hold)
		defer func() { noError(t, s.Close()) }()
		first := g.start(t.Context(), s, commit("first", 1))
		<-g.held
		ctx, cancel := context.WithCancel(t.Context())
		gone, other := g.start(ctx, s, commit("gone", 1)), g.start(t.Context(), s, commit("other", 1))
		cancel()
		wantError(t, <-gone, context.Canceled)
		close(g.release)
		noError(t, <-first)
		noError(t, <-other)
		wantError(t, s.Append(ctx, commit("late", 1)), context.Canceled)
		_, err := s.Head(t.Context(), stream("late"))
		wantError(t, err, eventstore.ErrNoStream)
		for name, err := range cancelled(ctx, s) {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s with a cancelled context: %v", name, err)
			}
		}
	}},
}

// queuedBehind appends first, and while that is in flight the version after it, and expects that neither is written.
func queuedBehind(t *testing.T, p Place, first eventstore.Commit) {
	user := "queue-" + first.Cause.ID
	first.Stream = stream(user)
	g := gate()
	s := p.Open(t, g.hold)
	defer func() { noError(t, s.Close()) }()
	h := history("a", 2)
	for i := range h {
		h[i].Stream = first.Stream
	}
	p.Fill(t, h)
	failing := g.start(t.Context(), s, first)
	<-g.held
	next := commit("a", first.Version+1)
	next.Stream = first.Stream
	queued := g.start(t.Context(), s, next)
	close(g.release)
	if err := <-failing; err == nil {
		t.Fatal("the first was written")
	}
	wantError(t, <-queued, eventstore.ErrConflict)
	wantEqual(t, "head", head(t, s, first.Stream).Version, 2)
}

func cancelled(ctx context.Context, s eventstore.Store) map[string]error {
	_, head := s.Head(ctx, stream("other"))
	_, byCause := s.ByCause(ctx, stream("other"), cause("other-1"))
	_, pending := s.Pending(ctx, Kind, start, 1)
	_, due := s.Due(ctx, Kind, start, 1)
	marks := s.MarkPublished(ctx, []eventstore.Mark{{Stream: stream("other"), Version: 1}})
	return map[string]error{"Head": head, "ByCause": byCause, "Pending": pending, "Due": due, "MarkPublished": marks}
}
