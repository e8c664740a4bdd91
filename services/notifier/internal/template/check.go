package template

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/services/notifier/internal/gsm7"
)

// check names everything that a catalogue lacks, has too much, or cannot mean.
func (c catalogue) check() error {
	faults := []error{c.checkUnits(), c.checkAlphabet()}
	for name := range c.Templates {
		if !slices.ContainsFunc(kinds, func(k kind) bool { return k.name == name }) {
			faults = append(faults, fmt.Errorf("templates.%s: is unknown", name))
		}
	}
	for _, k := range kinds {
		w := c.Templates[k.name]
		for _, s := range w.sentences(k) {
			if err := s.check(); err != nil {
				faults = append(faults, fmt.Errorf("templates.%s.%s: %w", k.name, s.field, err))
			}
		}
		faults = append(faults, c.checkLength(k, w))
	}
	return errors.Join(faults...)
}

// A sentence is one field of a template.
type sentence struct {
	field, text string
	needed      bool
	may         []string // names beside {brand}
	must        []string
	useless     bool // its kind has no place for it
}

func (w words) sentences(k kind) []sentence {
	mail, sms := k.goesBy(notification.Email), k.goesBy(notification.SMS)
	used := k.has(codeName) || k.has(linkName)
	wait := only(k, waitName)
	lone := k.has(cancelName) && !k.has(linkName) // what comes beside a link can be stopped by one
	return []sentence{
		{field: "subject", text: w.Subject, needed: mail, useless: !mail},
		{field: "heading", text: w.Heading, needed: mail, useless: !mail},
		{field: "lead", text: w.Lead, needed: mail, useless: !mail, may: wait, must: wait},
		{field: "action", text: w.Action, needed: mail && k.has(linkName), useless: !k.has(linkName)},
		{field: "life", text: w.Life, needed: mail && used, useless: !mail || !used, may: only(k, lifeName), must: only(k, lifeName)},
		{field: "never", text: w.Never, needed: mail && used, useless: !mail || !used},
		{field: "otherwise", text: w.Otherwise, needed: mail, useless: !mail},
		{field: "cancel", text: w.Cancel, needed: mail && k.has(cancelName), useless: !k.has(cancelName)},
		{field: "unstoppable", text: w.Unstoppable, needed: mail && lone, useless: !lone},
		{field: "short", text: w.Short, needed: sms, useless: !sms, may: k.brings, must: k.brings},
		{field: "unstoppable_short", text: w.UnstoppableShort, needed: sms && lone, useless: !lone, may: wait, must: wait},
	}
}

func only(k kind, name string) []string {
	if !k.has(name) {
		return nil
	}
	return []string{name}
}

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

func (s sentence) check() error {
	switch {
	case s.text == "" && s.needed:
		return errors.New("is missing")
	case s.text == "":
		return nil
	case s.useless:
		return errors.New("is never read: remove it")
	case strings.ContainsFunc(s.text, func(r rune) bool { return r < ' ' }):
		return errors.New("has a line break or another control character")
	}
	for _, name := range placeholder.FindAllString(s.text, -1) {
		if name != brandName && !slices.Contains(s.may, name) {
			return fmt.Errorf("%s is not known here: use %s", name, strings.Join(append([]string{brandName}, s.may...), ", "))
		}
	}
	for _, name := range s.must {
		if !strings.Contains(s.text, name) {
			return fmt.Errorf("lacks %s", name)
		}
	}
	return nil
}

func (c catalogue) checkUnits() error {
	var faults []error
	for name, f := range map[string]forms{"minutes": c.Units.Minutes, "hours": c.Units.Hours, "days": c.Units.Days} {
		given := map[plural.Form]string{plural.One: f.One, plural.Few: f.Few, plural.Many: f.Many, plural.Other: f.Other}
		for n := 1; n <= 200; n++ {
			if form := plural.Cardinal.MatchPlural(c.tag, n, 0, 0, 0, 0); !strings.Contains(given[form], "{n}") {
				faults = append(faults, fmt.Errorf("units.%s: has no form with {n} for %d", name, n))
				break
			}
		}
	}
	return errors.Join(faults...)
}

func (c catalogue) checkAlphabet() error {
	if !slices.Contains([]alphabet{network, plain, whole}, c.Texts) {
		return fmt.Errorf("texts: %q is neither %s nor %s", c.Texts, plain, whole)
	}
	return nil
}

// longest is what takes most room: a code of eight digits, a week, and links under an address of 32 characters.
func (k kind) longest() Data {
	link := events.NewSecret("https://recovery.acme.example/r/" + strings.Repeat("x", 90))
	d := Data{Minutes: maxMinutes}
	if k.has(codeName) {
		d.Code = events.NewSecret("48151623")
	}
	if k.has(waitName) {
		d.Wait = 7 * 24 * time.Hour
	}
	if k.has(linkName) {
		d.Link = link
	}
	if k.has(cancelName) {
		d.Cancel = link
	}
	return d
}

const nineLetters = "Nine char"

// checkLength leaves room for a brand of nine letters and its colon.
func (c catalogue) checkLength(k kind, w words) error {
	lone := k.longest()
	lone.Cancel = events.Secret{}
	for field, d := range map[string]Data{"short": k.longest(), "unstoppable_short": lone} {
		text := c.short(w, d, nineLetters)
		if n := gsm7.Segments(text); n > d.segments() && (field == "short" || w.UnstoppableShort != "") {
			return fmt.Errorf("templates.%s.%s: takes %d segments with a brand of nine letters, want at most %d", k.name, field, n, d.segments())
		}
	}
	return nil
}
