// Package template writes what a person reads: the subject, text and HTML of a mail, and the one segment of a text message.
//
// A mail's text and HTML say the same. The code stands in neither subject nor preview line, which lock screens show and mail
// servers log. Whatever the platform is called, a text message stays within one GSM-7 segment.
package template

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"strings"
	text "text/template"
	"unicode"
	"unicode/utf8"

	"countersign/pkg/events"
)

// The names of the templates, as notification.requested carries them. The first two bring a code, the others are notices.
const (
	LoginCode      = "login_code"
	EnrollmentCode = "enrollment_code"
	ContactChanged = "contact_changed"
	FactorReset    = "factor_reset"
)

// The channels that they are written for.
const (
	Email = "email"
	SMS   = "sms"
)

const (
	maxBrand   = 64 // characters
	maxMinutes = 10 // SP 800-63B: no sent code lives longer
)

// ErrUnknown is a template or channel that is not there.
var ErrUnknown = errors.New("unknown template")

// Data is what a template is filled with.
type Data struct {
	Brand   string        // the platform's name for people; 1 to 64 characters, no control characters
	Code    events.Secret // 6 to 8 digits; notices have none
	Minutes int           // how long the code can be used, at least 1; told as at most 10. Notices have none
	Locale  string        // BCP 47; what is not written for falls back to English
	Host    string        // optional: where the code is typed in, so that phones offer it there alone; texts only, if it fits
}

// Content is a message ready to be sent. A text message has neither Subject nor HTML.
type Content struct {
	Subject string
	Text    events.Secret
	HTML    events.Secret
}

// Render writes the template of this name for a channel.
func Render(channel, name string, d Data) (Content, error) {
	c := catalogueFor(d.Locale)
	w, ok := c.words[name]
	if !ok || channel != Email && channel != SMS {
		return Content{}, fmt.Errorf("render %s for %s: %w", name, channel, ErrUnknown)
	}
	if err := errors.Join(d.checkBrand(), d.checkCode(w)); err != nil {
		return Content{}, fmt.Errorf("render %s: %w", name, err)
	}
	d.Minutes = min(d.Minutes, maxMinutes)
	if channel == SMS {
		return Content{Text: events.NewSecret(c.sms(w, d))}, nil
	}
	return c.mail(w, d)
}

func (d Data) checkBrand() error {
	length := utf8.RuneCountInString(d.Brand)
	switch {
	case !utf8.ValidString(d.Brand) || length < 1 || length > maxBrand:
		return fmt.Errorf("brand: want 1 to %d characters", maxBrand)
	case strings.ContainsFunc(d.Brand, unicode.IsControl): // a line break would end the subject's header
		return errors.New("brand: has a control character")
	}
	return nil
}

func (d Data) checkCode(w words) error {
	switch {
	case w.notice() && !d.Code.IsZero():
		return errors.New("code: a notice has none")
	case !w.notice() && !digits(d.Code.Reveal()):
		return errors.New("code: want 6 to 8 digits")
	case !w.notice() && d.Minutes < 1:
		return errors.New("minutes: want at least 1")
	}
	return nil
}

func digits(code string) bool {
	return len(code) >= 6 && len(code) <= 8 && strings.Trim(code, "0123456789") == ""
}

//go:embed mail.html mail.txt
var files embed.FS

var (
	htmlMail = template.Must(template.ParseFS(files, "mail.html"))
	textMail = text.Must(text.ParseFS(files, "mail.txt"))
)

// letter is what both forms of a mail are made of.
type letter struct {
	Language, Brand, Code                          string
	Subject, Heading, Lead, Life, Never, Otherwise string
}

func (c catalogue) mail(w words, d Data) (Content, error) {
	l := c.letter(w, d)
	var plain, rich bytes.Buffer
	if err := textMail.Execute(&plain, l); err != nil {
		return Content{}, fmt.Errorf("render text: %w", err)
	}
	if err := htmlMail.Execute(&rich, l); err != nil {
		return Content{}, fmt.Errorf("render HTML: %w", err)
	}
	return Content{Subject: l.Subject, Text: events.NewSecret(plain.String()), HTML: events.NewSecret(rich.String())}, nil
}
