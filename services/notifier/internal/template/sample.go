package template

import (
	"fmt"
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

// Samples writes every template of a platform on every channel that it goes by; in all languages where locale is empty.
func (b *Book) Samples(platform, brand, locale string) ([]Sample, error) {
	locales := []string{locale}
	if locale == "" {
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
				s, err := b.sample(platform, brand, l, k, c)
				if err != nil {
					return nil, fmt.Errorf("write sample in %s: %w", l, err)
				}
				all = append(all, s)
			}
		}
	}
	return all, nil
}

func (b *Book) sample(platform, brand, locale string, k kind, c notification.Channel) (Sample, error) {
	d := k.example()
	d.Brand, d.Locale = brand, locale
	content, err := b.Render(platform, c, k.name, d)
	s := Sample{
		Template: k.name, Channel: c, Locale: b.shelf(platform).catalogueFor(locale).tag.String(),
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
