package workertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"countersign/pkg/events"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/replay"
)

// checkStreams holds every stream of the test to its own events: what they fold to, from the first one on, is the state that each commit
// left, and on what they fold to every decision is taken again. A stream that this release does not know whole is left alone from there on, as
// every worker leaves it.
func (h *House) checkStreams() {
	states, taken := h.states(), h.decisions()
	for stream := range h.streams(states, taken) {
		if err := h.replays(stream, states[stream], taken[stream]); err != nil {
			h.t.Errorf("replay %s: %v", stream, err)
		}
	}
}

// streams are all: those that were decided about and are not kept, and those that processes of their own have made.
func (h *House) streams(states map[eventstore.Stream]left, taken map[eventstore.Stream]versions) map[eventstore.Stream]bool {
	found := map[eventstore.Stream]bool{}
	for s := range states {
		found[s] = true
	}
	for s := range taken {
		found[s] = true
	}
	whole, ok := h.kept.(eventstore.Whole)
	for _, kind := range replay.Kinds() {
		if !ok { // a test has put something in between
			break
		}
		for c, err := range whole.All(context.Background(), kind) {
			if err != nil {
				h.t.Errorf("find all streams: %v", err)
				break
			}
			found[c.Stream] = true
		}
	}
	return found
}

// left is the state that each version of a stream left when it was appended; published ones lose theirs later.
type left map[uint64]json.RawMessage

func (h *House) states() map[eventstore.Stream]left {
	h.mu.Lock()
	defer h.mu.Unlock()
	streams := map[eventstore.Stream]left{}
	for _, c := range append(h.Store.Appended(), h.written...) {
		if streams[c.Stream] == nil {
			streams[c.Stream] = left{}
		}
		streams[c.Stream][c.Version] = c.State
	}
	return streams
}

func (h *House) replays(s eventstore.Stream, l left, taken versions) error {
	walk, err := replay.Begin(s.Kind, h.registry)
	if err != nil {
		return err
	}
	faults := taken.again(0, walk.State())
	for c, err := range h.kept.Replay(context.Background(), s, 1) {
		if state, ok := l[c.Version]; ok {
			c.State = state
		}
		if err == nil {
			err = walk.Step(c)
		}
		if errors.Is(err, events.ErrUnknownType) || errors.Is(err, eventstore.ErrNewerFold) {
			return faults
		}
		differs, ok := errors.AsType[*replay.Differs](err)
		if err != nil && !ok {
			return errors.Join(faults, fmt.Errorf("version %d: %w", c.Version, err))
		}
		if ok {
			faults = errors.Join(faults, fmt.Errorf("version %d %w:\n%s\nkept was\n%s", c.Version, err, differs.Folded, differs.Kept))
		}
		faults = errors.Join(faults, taken.again(c.Version, walk.State()))
	}
	return faults
}
