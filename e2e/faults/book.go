package faults

import (
	"fmt"
	"slices"
	"sync"

	"countersign/e2e/stranger"
)

// A Question is an event that a platform sends, and what must not come of it.
type Question struct {
	ID   string // ce-id
	Fact string
	User string
	Code string // the code that it tries; "" for none
	// Wrong says that the code is: nothing may be accepted by it.
	Wrong bool
	// Guarded says that the user has had a factor since before it was sent: nothing may be waived.
	Guarded bool
}

// A Book is what a platform has sent and heard. It is safe for concurrent use.
type Book struct {
	mu      sync.Mutex
	asked   map[string]*entry
	bodies  map[string]stranger.Event // all events that were heard, by source and id
	spent   map[string]string         // by which ce-id a user's code was accepted
	ends    map[string]string         // which event ended a notification
	faulty  Tally
	pending int
}

type entry struct {
	Question
	again   bool             // it may be on the bus more than once
	answers []stranger.Event // different ones, in order
	first   chan stranger.Event
}

// A Tally is what does not hold.
type Tally struct {
	Asked    int // questions
	Lost     int // without an answer
	Repeated int // with two, or an event that came again as another one
	Opened   int // doors
	Why      []string
}

// NewBook begins one.
func NewBook() *Book {
	return &Book{asked: map[string]*entry{}, bodies: map[string]stranger.Event{}, spent: map[string]string{}, ends: map[string]string{}}
}

// Ask is called before a question is published for the first time. The answer comes once.
func (b *Book) Ask(q Question) (answer <-chan stranger.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := &entry{Question: q, first: make(chan stranger.Event, 1)}
	b.asked[q.ID] = e
	b.pending++
	return e.first
}

// Withdraw forgets a question that the bus never took.
func (b *Book) Withdraw(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.asked[id]; e != nil && len(e.answers) == 0 {
		delete(b.asked, id)
		b.pending--
	}
}

// Again is called before a question is published once more, under the same id.
func (b *Book) Again(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.asked[id]; e != nil {
		e.again = true
	}
}

// InFlight is how many questions have no answer yet.
func (b *Book) InFlight() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pending
}

// Hear notes an event of a worker, as often as it comes.
func (b *Book) Hear(e stranger.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := e.Source + " " + e.ID
	q := b.asked[e.Cause]
	if before, known := b.bodies[key]; known && !same(before, e, q != nil && q.again) {
		b.repeats("%s was another event before: %s", e, before.Body)
	}
	b.bodies[key] = e
	b.ended(e)
	if q == nil || slices.ContainsFunc(q.answers, func(a stranger.Event) bool { return a.ID == e.ID }) {
		return
	}
	b.answered(q, e)
}

// Balance is what does not hold so far. Nothing is in flight when it is asked for: what has no answer is lost.
func (b *Book) Balance() Tally {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.faulty
	t.Why = slices.Clone(t.Why)
	t.Asked = len(b.asked)
	for _, q := range b.asked {
		if len(q.answers) == 0 {
			t.Lost++
			t.Why = append(t.Why, fmt.Sprintf("%s %s of %s has no answer", q.Fact, q.ID, q.User))
		}
	}
	return t
}
