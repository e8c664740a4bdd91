package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"countersign/pkg/events"
)

// A change sets fields of a golden event's data and, below "record.", of its record; nil takes one away.
type change map[string]any

// A scribe writes the events of histories: golden ones, changed, valid under the rules of today.
type scribe struct {
	registry *events.Registry
	goldens  string // folder
	begin    time.Time
}

func newScribe(r *events.Registry, goldens string) scribe {
	return scribe{r, goldens, time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)}
}

// write gives the event as its stream would give it back.
func (s scribe) write(w written) (events.Event, error) {
	t, err := s.typeOf(w.name)
	if err != nil {
		return nil, err
	}
	data, record, err := s.changed(t, w.with)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", w.name, err)
	}
	if _, err := s.registry.Decode(t.Name(), data); err != nil {
		return nil, fmt.Errorf("write %s: %w", w.name, err)
	}
	return s.registry.DecodeStored(t.Name(), data, record)
}

func (s scribe) typeOf(name string) (events.Type, error) {
	entity, word, _ := strings.Cut(name, ".")
	for _, d := range []events.Direction{events.Out, events.Kept} {
		if t, ok := s.registry.ByFact(d, entity, word); ok {
			return t, nil
		}
	}
	return events.Type{}, fmt.Errorf("write %s: %w in streams", name, events.ErrUnknownType)
}

func (s scribe) changed(t events.Type, with change) (data, record []byte, err error) {
	golden := struct{ Data, Record map[string]any }{map[string]any{}, map[string]any{}}
	text, err := os.ReadFile(filepath.Join(s.goldens, t.Name()+".json"))
	if err != nil {
		return nil, nil, err
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		return nil, nil, err
	}
	for name, value := range with {
		field, kept := strings.CutPrefix(name, "record.")
		if kept {
			golden.Record[field] = value
		} else {
			golden.Data[name] = value
		}
	}
	if data, err = encoded(golden.Data); err != nil {
		return nil, nil, err
	}
	record, err = encoded(golden.Record)
	return data, record, err
}

func encoded(o map[string]any) ([]byte, error) {
	maps.DeleteFunc(o, func(_ string, value any) bool { return value == nil })
	return json.Marshal(o)
}

// reason is the one that an event names, if any.
func reason(e events.Event) []string {
	var named struct {
		Reason string `json:"reason"`
	}
	data, _, err := events.Marshal(e)
	if err != nil || json.Unmarshal(data, &named) != nil || named.Reason == "" {
		return nil
	}
	return []string{named.Reason}
}
