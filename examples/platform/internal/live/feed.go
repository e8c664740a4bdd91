// Package live keeps the newest events of one user in plain words, each with its JSON, for a panel that shows what a click causes.
//
// Nothing in it is secret: what the platform publishes is kept with every code, address and label as •••, and what the workers say
// holds none. It is in memory, bounded, and forgotten with its session.
package live

import (
	"slices"
	"sync"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/client"
)

// Most is how many entries a Feed keeps.
const Most = 60

// Directions of an Entry.
const (
	Out = "out" // the platform published or asked it
	In  = "in"  // a worker said it
)

// An Entry is one event as a person reads it.
type Entry struct {
	Seq       uint64 // from 1, without gaps
	Direction string
	From      string // platform, or the worker: verify, enroll, notifier or recovery
	Who       string // the same for people
	Tone      string // good, bad or empty
	Text      string
	Type      string // wire name, or the subject of a question
	JSON      string // the whole event, indented
	At        time.Time
	Click     int // which click of the browser it belongs to
}

// A Feed is one browser's panel. It is safe for concurrent use.
type Feed struct {
	source string
	brand  string
	now    func() time.Time

	mu       sync.Mutex
	last     uint64
	click    int
	entries  []Entry // oldest first
	heard    map[string]bool
	caused   map[string]bool // ids of what this browser's clicks have published, and of what followed
	only     string          // login_id: what belongs to no other is left out
	watchers map[chan struct{}]struct{}
}

// NewFeed returns an empty one. source is the ce-source of what the platform publishes, brand how people call it.
func NewFeed(source, brand string, now func() time.Time) *Feed {
	return &Feed{
		source: source, brand: brand, now: now,
		heard: map[string]bool{}, caused: map[string]bool{}, watchers: map[chan struct{}]struct{}{},
	}
}

// Only leaves out from now on what belongs to other logins: whoever knows but the password learns nothing else about the user. An
// empty id takes everything.
func (f *Feed) Only(loginID string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.only = loginID
}

// Click begins what the next click causes.
func (f *Feed) Click() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.click++
}

// Shown returns what the last click caused and what was before it, each newest first, and the number of the newest entry.
func (f *Feed) Shown() (now, before []Entry, last uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range slices.Backward(f.entries) {
		if e.Click == f.click {
			now = append(now, e)
		} else {
			before = append(before, e)
		}
	}
	return now, before, f.last
}

// Sent shows a request that is about to be published under this id.
func (f *Feed) Sent(e events.Event, id string) {
	text, tone := words(e, f.now())
	f.mu.Lock()
	defer f.mu.Unlock()
	f.caused[id] = true
	f.add(Entry{
		Direction: Out, From: "platform", Who: f.brand, Tone: tone, Text: text, Type: e.EventType(), At: f.now(),
		JSON: published(f.source, id, e, f.now()),
	})
}

// Asked shows a question that is answered by a reply, which is not an event and is shown nowhere.
func (f *Feed) Asked(question, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.add(Entry{Direction: Out, From: "platform", Who: f.brand, Text: text, Type: question, At: f.now()})
}

// Heard shows an event of a worker, once.
func (f *Feed) Heard(r client.Record) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := r.Envelope.Source + "\x00" + r.Envelope.ID
	if f.heard[key] || !f.concerns(r.Envelope) {
		return
	}
	f.heard[key], f.caused[r.Envelope.ID] = true, true
	text, tone := unknown, ""
	if r.Event != nil {
		text, tone = words(r.Event, r.Envelope.Time)
	}
	f.add(Entry{
		Direction: In, From: worker(r.Envelope.Source), Who: worker(r.Envelope.Source), Tone: tone, Text: text, Type: r.Envelope.Type, At: f.now(),
		JSON: said(r.Envelope),
	})
}

func (f *Feed) concerns(e events.Envelope) bool {
	return f.only == "" || e.CorrelationID == f.only || f.caused[e.CausationID]
}

func (f *Feed) add(e Entry) {
	f.last++
	e.Seq, e.Click = f.last, f.click
	f.entries = append(f.entries, e)
	if len(f.entries) > Most {
		f.entries = append([]Entry(nil), f.entries[1:]...)
	}
	if len(f.heard) > 10*Most { // a repeat comes within seconds: what is older may be forgotten
		clear(f.heard)
		clear(f.caused)
	}
	for changed := range f.watchers {
		select {
		case changed <- struct{}{}:
		default: // one signal waits already, and says the same
		}
	}
}

// After returns what came after the entry seq, oldest first.
func (f *Feed) After(seq uint64) []Entry {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, e := range f.entries {
		if e.Seq > seq {
			return append([]Entry(nil), f.entries[i:]...)
		}
	}
	return nil
}

// Changed returns a channel that holds a signal whenever entries came since the last one was taken.
func (f *Feed) Changed() (changed <-chan struct{}, cancel func()) {
	own := make(chan struct{}, 1)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.watchers[own] = struct{}{}
	return own, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.watchers, own)
	}
}
