package eventstore

import (
	"container/list"
	"sync"
)

// A Shelf holds streams as they were when they were last loaded or appended to, those used last. What it holds may be out of date, as soon as
// another process appends: whoever decides on it has to have that found out, by an append, which conflicts, or by Load. It is safe for
// concurrent use; nil holds nothing.
type Shelf[S any] struct {
	size int

	mu      sync.Mutex
	streams map[Stream]*list.Element
	order   *list.List // of Loaded[S], used last first
}

// NewShelf makes a Shelf for at most size streams.
func NewShelf[S any](size int) *Shelf[S] {
	return &Shelf[S]{size: size, streams: map[Stream]*list.Element{}, order: list.New()}
}

// Put holds l, unless a later version is held. Its Head keeps no events, timers or state.
func (s *Shelf[S]) Put(l Loaded[S]) {
	if s == nil || l.Version == 0 {
		return
	}
	l.Head.Events, l.Head.Timers, l.Head.State = nil, nil, nil
	s.mu.Lock()
	defer s.mu.Unlock()
	if held, ok := s.streams[l.Stream]; ok {
		if held.Value.(Loaded[S]).Version > l.Version {
			return
		}
		s.remove(held)
	}
	s.add(l)
}

func (s *Shelf[S]) add(l Loaded[S]) {
	s.streams[l.Stream] = s.order.PushFront(l)
	if s.order.Len() > s.size {
		s.remove(s.order.Back())
	}
}

// Begin holds that there is no such stream yet, unless something is held of it: for what is named by its cause, the first time that it comes.
func (s *Shelf[S]) Begin(stream Stream) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.streams[stream]; !ok {
		s.add(Loaded[S]{Stream: stream})
	}
}

// Get gives what is held of a stream.
func (s *Shelf[S]) Get(stream Stream) (l Loaded[S], ok bool) {
	if s == nil {
		return l, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	held, ok := s.streams[stream]
	if !ok {
		return l, false
	}
	s.order.MoveToFront(held)
	return held.Value.(Loaded[S]), true
}

// Take gives what is held of a stream and holds it no more: of several who decide at once one does so on it, and it comes back only with what became
// of it.
func (s *Shelf[S]) Take(stream Stream) (l Loaded[S], ok bool) {
	if s == nil {
		return l, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	held, ok := s.streams[stream]
	if !ok {
		return l, false
	}
	s.remove(held)
	return held.Value.(Loaded[S]), true
}

func (s *Shelf[S]) remove(held *list.Element) {
	delete(s.streams, held.Value.(Loaded[S]).Stream)
	s.order.Remove(held)
}
