package eventstore_test

import (
	"testing"

	"countersign/pkg/worker/eventstore"
)

func loaded(user string, version uint64) eventstore.Loaded[int] {
	stream := eventstore.Stream{Platform: "acme", Kind: "guard", UserKey: user}
	return eventstore.Loaded[int]{Stream: stream, Version: version, State: int(version), Head: eventstore.Commit{
		Stream: stream, Version: version, State: []byte("1"), Events: []eventstore.Event{{ID: "e"}},
	}}
}

func TestAShelfHoldsTheStreamsUsedLast(t *testing.T) {
	s := eventstore.NewShelf[int](2)
	for _, l := range []eventstore.Loaded[int]{loaded("a", 1), loaded("b", 1), loaded("a", 2), loaded("a", 1), loaded("none", 0)} {
		s.Put(l)
	}
	if a, ok := s.Get(loaded("a", 0).Stream); !ok || a.Version != 2 || a.State != 2 || a.Head.Events != nil || a.Head.State != nil {
		t.Errorf("holds %+v, want version 2 without its texts", a)
	}
	s.Put(loaded("c", 1))
	if _, ok := s.Get(loaded("b", 0).Stream); ok {
		t.Error("holds more than its size")
	}
	if _, ok := s.Get(loaded("none", 0).Stream); ok {
		t.Error("holds a stream that is not there")
	}
}

func TestWhatIsTakenIsHeldNoMore(t *testing.T) {
	s := eventstore.NewShelf[int](2)
	s.Put(loaded("a", 3))
	if l, ok := s.Take(loaded("a", 0).Stream); !ok || l.Version != 3 {
		t.Errorf("took %+v", l)
	}
	if _, ok := s.Take(loaded("a", 0).Stream); ok {
		t.Error("took it twice")
	}
}

func TestNoShelfHoldsNothing(t *testing.T) {
	var s *eventstore.Shelf[int]
	s.Put(loaded("a", 3))
	if _, ok := s.Get(loaded("a", 0).Stream); ok {
		t.Error("held")
	}
	if _, ok := s.Take(loaded("a", 0).Stream); ok {
		t.Error("held")
	}
}

func TestAShelfHoldsThatAStreamHasNotBegunUntilItHas(t *testing.T) {
	s := eventstore.NewShelf[int](2)
	fresh, known := loaded("a", 0).Stream, loaded("b", 3)
	s.Begin(fresh)
	s.Put(known)
	s.Begin(known.Stream)
	if l, ok := s.Take(known.Stream); !ok || l.Version != 3 {
		t.Errorf("took %+v, want version 3", l)
	}
	if l, ok := s.Take(fresh); !ok || l.Version != 0 || l.Stream != fresh {
		t.Errorf("took %+v, want a stream that has not begun", l)
	}
	if l, ok := s.Take(fresh); ok {
		t.Errorf("took %+v twice", l)
	}
}
