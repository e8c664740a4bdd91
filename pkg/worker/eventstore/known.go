package eventstore

import (
	"context"
	"fmt"
)

// Load is eventstore.Load where nothing is read but the stream's end, if it is where it was when the stream was held.
func (s *Shelf[S]) Load(ctx context.Context, r Reader, stream Stream, f Fold[S]) (Loaded[S], error) {
	if l, ok := s.Get(stream); ok {
		switch ends, err := r.Ends(ctx, stream, l.Version); {
		case err != nil:
			return Loaded[S]{}, fmt.Errorf("load stream %s: %w", stream, err)
		case ends:
			return l, nil
		}
	}
	l, err := Load(ctx, r, stream, f)
	if err == nil {
		s.Put(l)
	}
	return l, err
}
