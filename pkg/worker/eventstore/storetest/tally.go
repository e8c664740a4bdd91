package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"sync/atomic"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/eventstore"
)

// counted is the one event type that the tests' fold knows.
const counted = "countersign.test.counted.v1"

type countedEvent struct {
	N int `json:"n"`
}

func (countedEvent) EventType() string { return counted }
func (countedEvent) UserID() string    { return "" }
func (countedEvent) Validate() error   { return nil }

type tally struct {
	Sum  int       `json:"sum"`
	Last time.Time `json:"last,omitzero"`
}

// fold sums up what was counted, times factor: another factor is another fold and has another number.
func fold(number, factor int) eventstore.Fold[tally] {
	return eventstore.Fold[tally]{
		Kind: Kind, Number: number,
		Decode: func(name string, data, _ []byte) (events.Event, error) {
			if name != counted {
				return nil, fmt.Errorf("%w: %s", events.ErrUnknownType, name)
			}
			var e countedEvent
			err := json.Unmarshal(data, &e)
			return e, err
		},
		Evolve: func(s tally, e events.Event, at time.Time) (tally, error) {
			return tally{Sum: s.Sum + factor*e.(countedEvent).N, Last: at}, nil
		},
	}
}

// A countingReader counts what is asked of the store.
type countingReader struct {
	eventstore.Reader
	heads, replays atomic.Int64
}

func (r *countingReader) Head(ctx context.Context, s eventstore.Stream) (eventstore.Commit, error) {
	r.heads.Add(1)
	return r.Reader.Head(ctx, s)
}

func (r *countingReader) Replay(ctx context.Context, s eventstore.Stream, from uint64) iter.Seq2[eventstore.Commit, error] {
	r.replays.Add(1)
	return r.Reader.Replay(ctx, s, from)
}
