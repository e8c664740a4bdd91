package template

import (
	"fmt"
	"slices"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/services/notifier/internal/gsm7"
)

// A Sample is one template as it would be sent, with a code and links that lead nowhere.
type Sample struct {
	Template notification.Template
	Channel  notification.Channel
	Locale   string
	Subject  string // of a mail
	Text     string
	HTML     string // of a mail
	Segments int    // of a text
}

// A Look is what samples show beside the sentences.
type Look struct {
	Brand  string
	Locale string // empty: every language
	Host   string // where codes of logins and enrollments are typed; empty: it is not said
}

// Samples writes every template of a platform on every channel that it goes by. A text that has no room for the look's host is an error.
func (b *Book) Samples(platform string, look Look) ([]Sample, error) {
	if err := b.CheckHost(platform, look.Host); err != nil {
		return nil, err
	}
	locales := []string{look.Locale}
	if look.Locale == "" {
		locales = nil
		for _, l := range b.shelf(platform).languages {
			locales = append(locales, l.tag.String())
		}
	}
	var all []Sample
	for _, l := range locales {
		for _, k := range kinds {
			for _, c := range channels {
				if !k.goesBy(c) {
					continue
				}
				look.Locale = l
				s, err := b.sample(platform, look, k, c)
				if err != nil {
					return nil, fmt.Errorf("write sample in %s: %w", l, err)
				}
				all = append(all, s)
			}
		}
	}
	return all, nil
}

func (b *Book) sample(platform string, look Look, k kind, c notification.Channel) (Sample, error) {
	d := k.example()
	d.Brand, d.Locale = look.Brand, look.Locale
	if slices.Contains(typedAtHome, k.name) {
		d.Host = look.Host
	}
	content, err := b.Render(platform, c, k.name, d)
	s := Sample{
		Template: k.name, Channel: c, Locale: b.shelf(platform).catalogueFor(look.Locale).tag.String(),
		Subject: content.Subject, Text: content.Text.Reveal(), HTML: content.HTML.Reveal(),
	}
	if c == notification.SMS {
		s.Segments = gsm7.Segments(s.Text)
	}
	return s, err
}

// example has all that a template brings.
func (k kind) example() Data {
	d := Data{Minutes: 5}
	if k.has(codeName) {
		d.Code = events.NewSecret("481516")
	}
	if k.has(waitName) {
		d.Wait = 24 * time.Hour
	}
	const pages = "https://recovery.example/acme/aaaaaaaaaaaaaaaaaaaaaaaaaa/"
	if k.has(linkName) {
		d.Link = events.NewSecret(pages + "ttttttttttttttttttttttttttttttttttttttttttt")
	}
	if k.has(cancelName) {
		d.Cancel = events.NewSecret(pages + "cancel/sssssssssssssssssssssssssssssssssssssssssss")
	}
	return d
}
