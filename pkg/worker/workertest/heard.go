package workertest

import (
	"slices"
	"time"
)

// where returns what was seen and fits, and the channel that is closed when more is seen.
func (w *witness) where(fits func(Event) bool) ([]Event, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []Event
	for _, e := range w.seen {
		if fits(e) {
			found = append(found, e)
		}
	}
	return found, w.grown
}

// Heard returns what the workers have said and fits, in the order of the bus, repeats included.
func (h *House) Heard(fits func(Event) bool) []Event {
	found, _ := h.witness.where(fits)
	return found
}

// Await returns the first n messages that fit.
func (h *House) Await(what string, n int, fits func(Event) bool) []Event {
	h.t.Helper()
	end := time.After(Patience)
	for {
		found, grown := h.witness.where(fits)
		if len(found) >= n {
			return found[:n]
		}
		select {
		case <-grown:
		case <-end:
			h.t.Fatalf("%s: %d of %d messages came; heard was %s", what, len(found), n, h.told())
		}
	}
}

func (h *House) told() (types []string) {
	for _, e := range h.Heard(func(Event) bool { return true }) {
		types = append(types, e.Envelope.Type+" because of "+e.Envelope.CausationID)
	}
	return types
}

// Of says of an event whether it is of a type.
func Of(name string) func(Event) bool {
	return func(e Event) bool { return e.Envelope.Type == name }
}

// Once drops the repeats: what has the same source and id.
func Once(list []Event) []Event {
	var kept []Event
	for _, e := range list {
		if !slices.ContainsFunc(kept, func(o Event) bool {
			return o.Platform == e.Platform && o.Envelope.ID == e.Envelope.ID && o.Envelope.Source == e.Envelope.Source
		}) {
			kept = append(kept, e)
		}
	}
	return kept
}
