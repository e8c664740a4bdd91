package platform

import (
	"html/template"
	"strings"
	"time"

	"countersign/examples/platform/internal/live"
)

// functions are what the templates may call.
var functions = template.FuncMap{
	"factor":   factorName,
	"clock":    func(t time.Time) string { return t.Local().Format("15:04:05 MST") },
	"day":      day,
	"step":     stepName,
	"stamp":    func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) },
	"groups":   groups,
	"short":    shortType,
	"count":    live.Count,
	"wait":     func(now, until time.Time) wait { return wait{until, live.For(until.Sub(now))} },
	"todo":     func(s *tourStep, here string) todo { return todo{s, here} },
	"field":    func(f form, name string) field { return field{name, f.Values[name], f.Faults[name]} },
	"password": newPasswordField,
}

func day(t time.Time) string { return t.Local().Format("2 January 2006, 15:04") }

// A wait is a time to come, told in words as well.
type wait struct {
	Until time.Time
	Words string
}

// A todo is the next step of the tour, seen from a page.
type todo struct {
	Step *tourStep
	Here string
}

// Show reports whether the step's page is another one.
func (t todo) Show() bool { return t.Step.Link != "" && !strings.HasPrefix(t.Here, t.Step.Link) }

// A passwordField is one line of a form whose value is never shown again.
type passwordField struct {
	Name, Label, Hint, Fault string
	Complete                 string // what a password store may fill in
}

func newPasswordField(f form, label, hint, complete string) passwordField {
	return passwordField{"password", label, hint, f.Faults["password"], complete}
}

// Described names what belongs to the field.
func (p passwordField) Described() string {
	var ids []string
	if p.Fault != "" {
		ids = append(ids, "password-fault")
	}
	if p.Hint != "" {
		ids = append(ids, "password-hint")
	}
	return strings.Join(ids, " ")
}

// shortType leaves out what all wire names have.
func shortType(name string) string {
	name = strings.TrimPrefix(name, "countersign.")
	if i := strings.LastIndex(name, ".v"); i > 0 {
		name = name[:i]
	}
	return name
}
