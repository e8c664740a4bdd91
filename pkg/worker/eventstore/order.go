package eventstore

import "iter"

// InOrder passes commits on for as long as their versions follow each other from from on, and ends with a *GapError where they do not.
// Stores make their Replay with it.
func InOrder(s Stream, from uint64, commits iter.Seq2[Commit, error]) iter.Seq2[Commit, error] {
	return func(yield func(Commit, error) bool) {
		want := from
		for c, err := range commits {
			if err == nil && c.Version != want {
				err = &GapError{Stream: s, Want: want, Found: c.Version}
			}
			if err != nil {
				yield(Commit{}, err)
				return
			}
			if !yield(c, nil) {
				return
			}
			want++
		}
	}
}

// Last is the first of a stream's last two commits, the last first: ErrNoStream where there is none, *GapError where the one before it
// is missing. Stores make their Head with it.
func Last(s Stream, two []Commit) (Commit, error) {
	if len(two) == 0 {
		return Commit{}, ErrNoStream
	}
	head := two[0]
	switch {
	case len(two) == 1 && head.Version > 1:
		return Commit{}, &GapError{Stream: s, Want: head.Version - 1, Found: head.Version}
	case len(two) > 1 && two[1].Version != head.Version-1:
		return Commit{}, &GapError{Stream: s, Want: two[1].Version + 1, Found: head.Version}
	}
	return head, nil
}
