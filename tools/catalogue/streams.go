package main

import (
	"slices"
	"time"

	"countersign/pkg/events"
)

// A stream is what the page says of one kind: its folds make the pictures, its machines are what they are pictures of.
type stream struct {
	Kind, Owner, About, Fold string
	knows                    func(events.Event) bool
	machines                 []machine
}

// A machine follows one subject through histories of its stream.
type machine struct {
	Name, About string
	first       string // status before any event
	histories   []history
	play        func(scribe, history) ([]transition, error)
}

// A history is the commits of one stream, oldest first.
type history []commit

// A commit is what the golden events become by a few changes. Without events only time passes.
type commit struct {
	after time.Duration // since the time of the golden events
	note  string        // what else makes the difference
	told  []written
}

// written is one golden event, changed.
type written struct {
	name string // <entity>.<fact>
	with change
}

// A transition is what one commit made of the subject's status.
type transition struct {
	from, to string
	note     string
	facts    []fact
}

// A fact is an event of a transition.
type fact struct {
	name    string
	reasons []string // that it named in histories which are otherwise alike
	decides bool     // the status was another after it than before
}

// decided is t without what told nothing of the subject.
func (t transition) decided() transition {
	t.facts = slices.DeleteFunc(slices.Clone(t.facts), func(f fact) bool { return !f.decides })
	return t
}

// missing names the types that the stream may hold and none of its histories does.
func (s stream) missing(types []events.Type) []string {
	var list []string
	for _, t := range s.holds(types) {
		if !slices.ContainsFunc(s.machines, func(m machine) bool { return m.tells(factName(t)) }) {
			list = append(list, factName(t))
		}
	}
	return list
}

func (s stream) holds(types []events.Type) []events.Type {
	return slices.DeleteFunc(slices.Clone(types), func(t events.Type) bool { return !s.knows(t.New()) })
}

func (m machine) tells(name string) bool {
	return slices.ContainsFunc(m.histories, func(h history) bool {
		return slices.ContainsFunc(h, func(c commit) bool {
			return slices.ContainsFunc(c.told, func(w written) bool { return w.name == name })
		})
	})
}

func factName(t events.Type) string { return t.Entity + "." + t.Fact }
