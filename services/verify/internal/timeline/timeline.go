// Package timeline puts the streams of a user together as one history, page by page.
//
// Pages follow each other without a gap and without a repeat, also while streams grow: a page's end is a place in each stream, not a time.
// Within a page the oldest comes first. What became of a message stands with the commit that asked for it.
package timeline

import (
	"encoding/json"
	"iter"
	"slices"

	"countersign/pkg/events"
	"countersign/pkg/worker/eventstore"
)

// MaxBytes bounds a page: an answer has to fit into one message of the bus.
const MaxBytes = 512 << 10

// A Stream is one of those that are put together.
type Stream struct {
	Commits func(from uint64) iter.Seq2[eventstore.Commit, error]
	// Told are the messages of a commit. Those added later come last.
	Told func(eventstore.Commit) ([]events.Envelope, error)
}

// A Page is part of a history.
type Page struct {
	Events []json.RawMessage // structured CloudEvents
	Next   string            // where the next one begins; empty where there is nothing more
}

// Read returns at most limit messages after a cursor's places, one for each stream.
func Read(streams []Stream, after []Place, limit int) (Page, error) {
	r := reader{places: slices.Clone(after), limit: limit}
	for i, s := range streams {
		next, stop := iter.Pull2(s.Commits(after[i].Version))
		defer stop()
		r.heads = append(r.heads, &head{Stream: s, next: next})
	}
	for {
		i, err := r.oldest()
		if err != nil {
			return Page{}, err
		}
		if i < 0 {
			return r.page("")
		}
		if full, err := r.take(i); err != nil || full {
			return r.end(err)
		}
	}
}

// A head is a stream and its next commit.
type head struct {
	Stream
	next   func() (eventstore.Commit, error, bool)
	commit *eventstore.Commit
	over   bool
}

func (h *head) fill() error {
	if h.commit != nil || h.over {
		return nil
	}
	c, err, more := h.next()
	if err != nil {
		return err
	}
	if h.over = !more; more {
		h.commit = &c
	}
	return nil
}

type reader struct {
	heads  []*head
	places []Place
	limit  int
	bytes  int
	told   []message
}

type message struct {
	events.Envelope
	text json.RawMessage
}

// oldest returns the stream whose next commit is the oldest; -1 where all have ended.
func (r *reader) oldest() (int, error) {
	found := -1
	for i, h := range r.heads {
		if err := h.fill(); err != nil {
			return 0, err
		}
		if h.commit != nil && (found < 0 || h.commit.At.Before(r.heads[found].commit.At)) {
			found = i
		}
	}
	return found, nil
}

// take tells the next commit of a stream; full where not all of it found room.
func (r *reader) take(i int) (full bool, err error) {
	h, place := r.heads[i], &r.places[i]
	list, err := h.Told(*h.commit)
	if err != nil {
		return false, err
	}
	for _, e := range list[min(place.Told, len(list)):] {
		text, err := events.EncodeStructured(e)
		if err != nil {
			return false, err
		}
		if len(r.told) == r.limit || len(r.told) > 0 && r.bytes+len(text) > MaxBytes {
			return true, nil
		}
		r.told = append(r.told, message{e, text})
		r.bytes += len(text)
		place.Told++
	}
	*place = Place{Version: h.commit.Version + 1}
	h.commit = nil
	return false, nil
}

func (r *reader) end(err error) (Page, error) {
	if err != nil {
		return Page{}, err
	}
	return r.page(cursor(r.places))
}

func (r *reader) page(next string) (Page, error) {
	slices.SortStableFunc(r.told, func(a, b message) int { return a.Time.Compare(b.Time) })
	p := Page{Events: []json.RawMessage{}, Next: next}
	for _, m := range r.told {
		p.Events = append(p.Events, m.text)
	}
	return p, nil
}
