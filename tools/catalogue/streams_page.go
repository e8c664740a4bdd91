package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"countersign/pkg/events"

	_ "embed"
)

//go:embed streams.md.tmpl
var streamsText string

// A streamChapter is one stream as the page shows it.
type streamChapter struct {
	stream
	Events   []saying
	Machines []drawing
}

// A saying is one event type and what it says.
type saying struct{ Link, About string }

// A drawing is one machine: Rows are all transitions, Arrows those that change the status.
type drawing struct {
	Name, About, First string
	Arrows, Rows       []arrow
}

type arrow struct{ From, Label, To string }

// streamsPage writes the pictures of the streams. A type that a stream may hold and no history has is an error.
func streamsPage(r *events.Registry) ([]byte, error) {
	t, err := template.New("streams").Parse(streamsText)
	if err != nil {
		return nil, err
	}
	scribe := newScribe(r, goldens)
	var list []streamChapter
	for _, s := range streams() {
		chapter, err := scribe.chapter(s)
		if err != nil {
			return nil, fmt.Errorf("draw stream %s: %w", s.Kind, err)
		}
		list = append(list, chapter)
	}
	var b bytes.Buffer
	err = t.Execute(&b, list)
	return b.Bytes(), err
}

func (s scribe) chapter(of stream) (streamChapter, error) {
	if gone := of.missing(s.registry.Types()); len(gone) > 0 {
		return streamChapter{}, fmt.Errorf("no history has %s: add one to tools/catalogue/history_%s.go", strings.Join(gone, ", "), of.Fold)
	}
	c := streamChapter{stream: of}
	for _, t := range of.holds(s.registry.Types()) {
		c.Events = append(c.Events, saying{link(t), t.About})
	}
	for _, m := range of.machines {
		d, err := s.draw(m)
		if err != nil {
			return c, err
		}
		c.Machines = append(c.Machines, d)
	}
	return c, nil
}

func (s scribe) draw(m machine) (drawing, error) {
	d := drawing{Name: m.Name, About: m.About, First: m.first}
	all, err := m.transitions(s)
	if err != nil {
		return d, err
	}
	var deciding []transition
	for _, t := range byStatus(all) {
		d.Rows = append(d.Rows, arrow{t.from, t.told(s.link), t.to})
		if t.from != t.to {
			deciding = merged(deciding, t.decided())
		}
	}
	for _, t := range deciding {
		d.Arrows = joined(d.Arrows, arrow{t.from, strings.ReplaceAll(t.told(plainly), "`", ""), t.to})
	}
	return d, nil
}

// byStatus lays together what begins alike, in the order in which the statuses are first met.
func byStatus(all []transition) []transition {
	var met []string
	for _, t := range all {
		if !slices.Contains(met, t.from) {
			met = append(met, t.from)
		}
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b transition) int { return slices.Index(met, a.from) - slices.Index(met, b.from) })
	return all
}

// joined draws one arrow for all that leads from one status to another.
func joined(all []arrow, a arrow) []arrow {
	i := slices.IndexFunc(all, func(o arrow) bool { return o.From == a.From && o.To == a.To })
	if i < 0 {
		return append(all, a)
	}
	all[i].Label += "<br>" + a.Label
	return all
}

// told names the facts in the words that write gives, and what else makes the difference.
func (t transition) told(write func(fact) string) string {
	var list []string
	for _, f := range t.facts {
		list = append(list, write(f))
	}
	return strings.TrimSpace(strings.Join(list, ", ") + " " + t.note)
}

// plainly is how a picture names a fact: there is no room for links and reasons.
func plainly(f fact) string { return f.name }

func (s scribe) link(f fact) string {
	t, _ := s.typeOf(f.name) // it was written, so it is there
	text := link(t)
	if len(f.reasons) > 0 {
		text += " (`" + strings.Join(f.reasons, "`, `") + "`)"
	}
	return text
}

// link leads to the event on the page of events: what never leaves its stream stands with its worker there.
func link(t events.Type) string {
	to := anchor(factName(t))
	if t.Direction == events.Kept {
		to = "what-" + t.Worker + "-tells-itself"
	}
	return "[" + factName(t) + "](events.md#" + to + ")"
}
