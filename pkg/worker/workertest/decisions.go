package workertest

import (
	"encoding/json"
	"errors"
	"fmt"

	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
)

// observe keeps what a replica decides.
func (h *House) observe(d decider.Taken) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.taken = append(h.taken, d)
}

// versions are the decisions about a stream, by the version that they rest on.
type versions map[uint64][]decider.Taken

func (h *House) decisions() map[eventstore.Stream]versions {
	h.mu.Lock()
	defer h.mu.Unlock()
	streams := map[eventstore.Stream]versions{}
	for _, d := range h.taken {
		if streams[d.Stream] == nil {
			streams[d.Stream] = versions{}
		}
		streams[d.Stream][d.Version] = append(streams[d.Stream][d.Version], d)
	}
	return streams
}

// often is how many times each decision is taken again: two ways through a map of two may be the same.
const often = 3

// again takes the decisions that rest on a version again, on the state that its events fold to.
func (v versions) again(version uint64, state any) (faults error) {
	shown := text(state)
	for _, d := range v[version] {
		for range often {
			err := same(d, d.Again(state))
			if text(state) != shown {
				err = errors.Join(err, fmt.Errorf("%s changes the state that it is decided on", about(d)))
				shown = text(state)
			}
			if err != nil {
				faults = errors.Join(faults, err)
				break
			}
		}
	}
	return faults
}

func same(d decider.Taken, again decider.Made) error {
	if first, second := written(d.Made), written(again); first != second {
		return fmt.Errorf("%s was decided as\n%s\nand again as\n%s", about(d), first, second)
	}
	return nil
}

func about(d decider.Taken) string {
	return fmt.Sprintf("on version %d, because of %s, %T %s at %s", d.Version, d.Cause.Key(), d.Input, text(d.Input), d.Now)
}

func written(m decider.Made) string {
	if m.Err != nil {
		return m.Err.Error()
	}
	return fmt.Sprintf("%s uncommitted: %v", text(m.Commit), m.Uncommitted)
}

func text(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%+v", v)
	}
	return string(text)
}

// checkCommits holds every commit that a worker made to a decision of which it is what is kept.
func (h *House) checkCommits() {
	taken := h.decisions()
	for _, c := range h.Store.Appended() {
		if !taken[c.Stream].lead(c) {
			h.t.Errorf("version %d of %s, because of %s, rests on no decision that was seen", c.Version, c.Stream, c.Cause.Key())
		}
	}
}

func (v versions) lead(to eventstore.Commit) bool {
	for _, d := range v[to.Version-1] {
		if text(d.Made.Commit) == text(to) {
			return true
		}
	}
	return false
}
