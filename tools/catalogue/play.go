package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"countersign/pkg/events"
)

// fold is the public fold of a stream and how the subject's status is read from its state.
type fold[S any] struct {
	evolve func(S, events.Event, time.Time) (S, error)
	status func(S, time.Time) string
}

// machine runs the fold over the histories: nothing else says what a status becomes.
func (f fold[S]) machine(name, about string, histories []history) machine {
	var zero S
	return machine{Name: name, About: about, first: f.status(zero, time.Time{}), histories: histories, play: f.play}
}

// knows reports whether the stream may hold events of e's type: its fold says so.
func (f fold[S]) knows(e events.Event) bool {
	var zero S
	_, err := f.evolve(zero, e, time.Time{})
	return !errors.Is(err, events.ErrUnknownType)
}

func (f fold[S]) play(s scribe, h history) ([]transition, error) {
	p := player[S]{fold: f, scribe: s, now: s.begin}
	p.look()
	var list []transition
	for _, c := range h {
		t, err := p.commit(c)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}

// A player is in the middle of a history.
type player[S any] struct {
	fold   fold[S]
	scribe scribe
	state  S
	now    time.Time
	status string // as it was last looked at
}

func (p *player[S]) look() string {
	p.status = p.fold.status(p.state, p.now)
	return p.status
}

func (p *player[S]) commit(c commit) (transition, error) {
	t := transition{note: c.note, from: p.status}
	p.now = p.scribe.begin.Add(c.after)
	if now := p.look(); len(c.told) > 0 { // what time alone changed is none of this commit's doing
		t.from = now
	}
	for _, w := range c.told {
		f, err := p.tell(w)
		if err != nil {
			return t, err
		}
		t.facts = append(t.facts, f)
	}
	t.to = p.status
	return t, nil
}

func (p *player[S]) tell(w written) (fact, error) {
	e, err := p.scribe.write(w)
	if err != nil {
		return fact{}, err
	}
	if p.state, err = p.fold.evolve(p.state, e, p.now); err != nil {
		return fact{}, fmt.Errorf("fold %s: %w", w.name, err)
	}
	before := p.status
	return fact{name: w.name, reasons: reason(e), decides: p.look() != before}, nil
}

// transitions are those of all histories, each once, in the order in which they are first met.
func (m machine) transitions(s scribe) ([]transition, error) {
	var all []transition
	for i, h := range m.histories {
		list, err := m.play(s, h)
		if err != nil {
			return nil, fmt.Errorf("play history %d of %s: %w", i+1, m.Name, err)
		}
		for _, t := range list {
			all = merged(all, t)
		}
	}
	return all, nil
}

func merged(all []transition, t transition) []transition {
	i := slices.IndexFunc(all, t.alike)
	if i < 0 {
		return append(all, t)
	}
	for n, f := range t.facts {
		all[i].facts[n].reasons = union(all[i].facts[n].reasons, f.reasons)
	}
	return all
}

func union(list, more []string) []string {
	list = slices.Clone(list)
	for _, one := range more {
		if !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return list
}

// alike reports whether t says what o says; of a single event the reason may be another.
func (t transition) alike(o transition) bool {
	return t.from == o.from && t.to == o.to && t.note == o.note && slices.EqualFunc(t.facts, o.facts, func(a, b fact) bool {
		return a.name == b.name && (len(t.facts) == 1 || slices.Equal(a.reasons, b.reasons))
	})
}
