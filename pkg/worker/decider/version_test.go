package decider_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/eventstore"
)

// A recounted event is the second version of a counted one.
type recounted struct {
	User  string `json:"user"`
	Total int    `json:"total"`
}

func (*recounted) EventType() string { return "countersign.tally.counted.v2" }
func (e *recounted) UserID() string  { return e.User }
func (e *recounted) Validate() error { return nil }

// secondVersion is the registry of a release that reads the second version and writes the first.
func secondVersion(t *testing.T) *events.Registry {
	var types []events.Type
	for _, row := range registry().Types() {
		if row.Name() == countedType {
			row.Version, row.New = 2, func() events.Event { return new(recounted) }
		}
		types = append(types, row)
	}
	r, err := events.NewRegistry(types, []events.Upcaster{{From: countedType, To: "countersign.tally.counted.v2", Data: func(v1 json.RawMessage) (json.RawMessage, error) {
		var old counted
		err := json.Unmarshal(v1, &old)
		return json.RawMessage(fmt.Sprintf(`{"user":%q,"total":%d}`, old.User, old.Sum)), err
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAReleaseFoldsWhatItWritesAsTheVersionThatItReads(t *testing.T) {
	w := newWorker(t)
	w.registry = secondVersion(t)
	w.assemble()
	w.handler.Fold.Evolve = func(s tally, e events.Event, _ time.Time) (tally, error) {
		switch e := e.(type) {
		case *recounted:
			s.Sum = e.Total
		case *counted:
			return s, fmt.Errorf("fold %s: %w", e.EventType(), events.ErrUnknownType)
		}
		return s, nil
	}
	w.handler.Held = eventstore.NewShelf[tally](10)
	w.deliver(ask("e1", 3))
	w.deliver(ask("e2", 4))
	if heard := w.heard(); w.sum() != 7 || heard[0].Type != countedType {
		t.Errorf("the sum is %d and the first that is heard %s, want 7 and %s", w.sum(), heard[0].Type, countedType)
	}
}
