package template

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
	"golang.org/x/text/language"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
)

// A Book is what is built in and what platforms have in place of it.
type Book struct {
	builtIn shelf
	own     map[string]shelf // by platform
}

// A shelf is the languages of one platform; it begins with the one to fall back to.
type shelf struct {
	languages []catalogue
	matcher   language.Matcher
}

func newShelf(languages []catalogue) shelf {
	var tags []language.Tag
	for _, l := range languages {
		tags = append(tags, l.tag)
	}
	return shelf{languages, language.NewMatcher(tags)}
}

// catalogueFor returns the language that fits locale best.
func (s shelf) catalogueFor(locale string) catalogue {
	_, index, _ := s.matcher.Match(language.Make(locale))
	return s.languages[index]
}

// BuiltIn is the book without anything of platforms.
func BuiltIn() *Book { return &Book{builtIn: newShelf(languages())} }

// Open reads what platforms have of their own from <folder>/<platform>/<language>.yaml: the sentences that differ, in a language that is
// built in, and all of them in one that is not. An empty folder is none. The error names everything that is wrong, in every file.
func Open(folder string) (*Book, error) {
	b := BuiltIn()
	b.own = map[string]shelf{}
	if folder == "" {
		return b, nil
	}
	platforms, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	var faults []error
	for _, p := range platforms {
		if !p.IsDir() || strings.HasPrefix(p.Name(), ".") { // ..data is how a ConfigMap is mounted
			continue
		}
		own, err := platform(filepath.Join(folder, p.Name()))
		b.own[p.Name()], faults = own, append(faults, err)
	}
	return b, errors.Join(faults...)
}

func platform(folder string) (shelf, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return shelf{}, fmt.Errorf("read templates: %w", err)
	}
	all, faults := languages(), []error{}
	for _, file := range files {
		if all, err = override(all, file); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", file, err))
		}
	}
	return newShelf(all), errors.Join(faults...)
}

// override puts the sentences of a file in the place of those that are there.
func override(all []catalogue, file string) ([]catalogue, error) {
	tag, err := language.Parse(strings.TrimSuffix(filepath.Base(file), ".yaml"))
	if err != nil {
		return all, errors.New("is named after no language: write en.yaml or pt-BR.yaml")
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return all, err
	}
	for i := range all {
		if all[i].tag == tag {
			all[i], err = read(all[i], content)
			return all, errors.Join(err, all[i].check())
		}
	}
	fresh, err := read(catalogue{tag: tag}, content)
	return append(all, fresh), errors.Join(err, fresh.check())
}

// read writes what content says over c.
func read(c catalogue, content []byte) (catalogue, error) {
	var own catalogue
	if err := yaml.UnmarshalWithOptions(content, &own, yaml.Strict()); err != nil {
		return c, fmt.Errorf("read words in %s: %s", c.tag, yaml.FormatError(err, false, false))
	}
	c.Texts, c.Units = or(own.Texts, c.Texts), c.Units.with(own.Units)
	merged := map[notification.Template]words{}
	for name, w := range c.Templates {
		merged[name] = w
	}
	for name, w := range own.Templates {
		merged[name] = merged[name].with(w)
	}
	c.Templates = merged
	return c, nil
}

func or[T comparable](own, builtIn T) T {
	var none T
	if own == none {
		return builtIn
	}
	return own
}

func (u units) with(own units) units {
	return units{Minutes: or(own.Minutes, u.Minutes), Hours: or(own.Hours, u.Hours), Days: or(own.Days, u.Days)}
}

func (w words) with(own words) words {
	return words{
		Subject: or(own.Subject, w.Subject), Heading: or(own.Heading, w.Heading), Lead: or(own.Lead, w.Lead),
		Action: or(own.Action, w.Action), Life: or(own.Life, w.Life), Never: or(own.Never, w.Never),
		Otherwise: or(own.Otherwise, w.Otherwise), Cancel: or(own.Cancel, w.Cancel), Unstoppable: or(own.Unstoppable, w.Unstoppable),
		Short: or(own.Short, w.Short), UnstoppableShort: or(own.UnstoppableShort, w.UnstoppableShort),
	}
}

// Render writes the template of this name for a channel, in a platform's words.
func (b *Book) Render(platform string, channel notification.Channel, name notification.Template, d Data) (Content, error) {
	k, ok := kindOf(name, channel)
	if !ok {
		return Content{}, fmt.Errorf("render %s for %s: %w", name, channel, ErrUnknown)
	}
	c := b.shelf(platform).catalogueFor(d.Locale)
	w := c.Templates[name]
	if err := errors.Join(d.checkBrand(), d.check(k, w)); err != nil {
		return Content{}, fmt.Errorf("render %s: %w", name, err)
	}
	d.Minutes = min(d.Minutes, maxMinutes)
	if channel == notification.SMS {
		return Content{Text: events.NewSecret(c.sms(k, w, d))}, nil
	}
	return c.mail(w, d)
}

func (b *Book) shelf(platform string) shelf {
	if own, ok := b.own[platform]; ok {
		return own
	}
	return b.builtIn
}
