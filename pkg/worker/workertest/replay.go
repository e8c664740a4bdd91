package workertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"countersign/pkg/events"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
)

// checkStreams holds every stream of the test to its own events: what they fold to, from the first one on, is the state that each commit
// left. A stream with an event that this release does not know is left alone from there on, as every worker leaves it.
func (h *House) checkStreams() {
	for stream, kept := range h.states() {
		if err := h.refolds(stream, kept); err != nil {
			h.t.Errorf("replay %s: %v", stream, err)
		}
	}
}

// kept is the state that each version of a stream left when it was appended; published ones lose theirs later.
type kept map[uint64]json.RawMessage

func (h *House) states() map[eventstore.Stream]kept {
	h.mu.Lock()
	defer h.mu.Unlock()
	streams := map[eventstore.Stream]kept{}
	for _, c := range append(h.Store.Appended(), h.written...) {
		if streams[c.Stream] == nil {
			streams[c.Stream] = kept{}
		}
		streams[c.Stream][c.Version] = c.State
	}
	return streams
}

func (h *House) refolds(s eventstore.Stream, k kept) error {
	kit := worker.Kit{Registry: h.registry}
	switch s.Kind {
	case worker.EnrollmentKind:
		return refold(h.kept, kit.Enrollments(), s, k)
	case worker.GuardKind:
		return refold(h.kept, kit.Guards(), s, k)
	case worker.NotificationKind:
		return refold(h.kept, kit.Notifications(), s, k)
	case worker.RecoveryKind:
		return refold(h.kept, kit.Recoveries(), s, k)
	}
	return errors.New("nobody knows how streams of this kind are folded")
}

func refold[S any](from eventstore.Reader, f eventstore.Fold[S], s eventstore.Stream, k kept) error {
	var state S
	for c, err := range from.Replay(context.Background(), s, 1) {
		if err == nil {
			state, err = after(f, state, c)
		}
		if errors.Is(err, events.ErrUnknownType) {
			return nil
		}
		if err != nil {
			return err
		}
		if left, ok := k[c.Version]; ok && c.Fold == f.Number {
			if err := same(state, left); err != nil {
				return fmt.Errorf("version %d: %w", c.Version, err)
			}
		}
	}
	return nil
}

func after[S any](f eventstore.Fold[S], s S, c eventstore.Commit) (S, error) {
	for _, stored := range c.Events {
		e, err := f.Decode(stored.Type, stored.Data, stored.Record)
		if err != nil {
			return s, err
		}
		if s, err = f.Evolve(s, e, c.At); err != nil {
			return s, err
		}
	}
	return s, nil
}

// same compares by meaning: a store may write the same text otherwise.
func same(state any, left json.RawMessage) error {
	text, err := json.Marshal(state)
	if err != nil {
		return err
	}
	var a, b any
	if err := errors.Join(json.Unmarshal(text, &a), json.Unmarshal(left, &b)); err != nil {
		return err
	}
	if !reflect.DeepEqual(a, b) {
		return fmt.Errorf("its events fold to\n%s\nkept was\n%s", text, left)
	}
	return nil
}
