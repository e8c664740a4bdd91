package template

import (
	"embed"
	"path"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"countersign/pkg/events/notification"
)

// A catalogue is all that is written in one language, as a file of it says.
type catalogue struct {
	tag       language.Tag
	Texts     alphabet                        `yaml:"texts"`
	Units     units                           `yaml:"units"`
	Templates map[notification.Template]words `yaml:"templates"`
}

// words are the sentences of one template in one language. Which of them a template needs follows from its kind.
type words struct {
	Subject          string `yaml:"subject"`
	Heading          string `yaml:"heading"`
	Lead             string `yaml:"lead"`
	Action           string `yaml:"action"`            // what opens the link
	Life             string `yaml:"life"`              // of the code or the link
	Never            string `yaml:"never"`             // be shared
	Otherwise        string `yaml:"otherwise"`         // what to do when it was somebody else
	Cancel           string `yaml:"cancel"`            // what opens the cancel link
	Unstoppable      string `yaml:"unstoppable"`       // Otherwise, where there is no cancel link
	Short            string `yaml:"short"`             // all of it, for a text
	UnstoppableShort string `yaml:"unstoppable_short"` // Short, where there is no cancel link
}

// units are lengths of time as a sentence says them.
type units struct {
	Minutes forms `yaml:"minutes"`
	Hours   forms `yaml:"hours"`
	Days    forms `yaml:"days"`
}

// forms are the plural forms of a language (CLDR), with {n} for the number.
type forms struct {
	One   string `yaml:"one"`
	Few   string `yaml:"few"`
	Many  string `yaml:"many"`
	Other string `yaml:"other"`
}

func (f forms) of(tag language.Tag, n int) string {
	byForm := map[plural.Form]string{plural.One: f.One, plural.Few: f.Few, plural.Many: f.Many}
	form := byForm[plural.Cardinal.MatchPlural(tag, n, 0, 0, 0, 0)]
	if form == "" {
		form = f.Other
	}
	return strings.ReplaceAll(form, "{n}", strconv.Itoa(n))
}

func (c catalogue) minutes(n int) string { return c.Units.Minutes.of(c.tag, n) }

// wait rounds up, and speaks of days from the third on.
func (c catalogue) wait(d time.Duration) string {
	hours := max(1, int((d+time.Hour-1)/time.Hour))
	if hours > 48 {
		return c.Units.Days.of(c.tag, (hours+23)/24)
	}
	return c.Units.Hours.of(c.tag, hours)
}

//go:embed words
var written embed.FS

// languages are those that are built in, as copies; they begin with the one to fall back to.
func languages() (all []catalogue) {
	for _, name := range []string{"en", "cs", "de"} {
		content, err := written.ReadFile(path.Join("words", name+".yaml"))
		if err != nil {
			panic(err) // it is built in
		}
		c, err := read(catalogue{tag: language.MustParse(name)}, content)
		if err != nil {
			panic(err)
		}
		all = append(all, c)
	}
	return all
}
