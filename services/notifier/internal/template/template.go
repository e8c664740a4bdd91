// Package template writes what a person reads: the subject, text and HTML of a mail, and a text message.
//
// A mail's text and HTML say the same. The code stands in neither subject nor preview line, which lock screens show and mail
// servers log. Whatever the platform is called, a text message stays within one segment, or within two where it brings a link. Every
// sentence is there in every language.
package template

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	text "text/template"
	"time"

	"countersign/pkg/events"
)

const (
	maxBrand   = 64 // characters
	maxMinutes = 10 // SP 800-63B: no sent code lives longer
)

// ErrUnknown is a template that is not there, or not for this channel.
var ErrUnknown = errors.New("unknown template")

// Data is what a template is filled with.
type Data struct {
	Brand   string        // the platform's name for people; 1 to 64 characters, no control characters
	Locale  string        // BCP 47; what is not written for falls back to English
	Code    events.Secret // 6 to 8 digits, where the template brings one
	Minutes int           // how long the code or the link can be used, at least 1; told as at most 10
	Link    events.Secret // goes on with a recovery, where the template brings it
	Cancel  events.Secret // stops a recovery; empty where it has ended without success or nobody could open the link
	Wait    time.Duration // until a recovery completes; told in hours or days
	Host    string        // optional: where the code is typed in, so that phones offer it there alone; texts only, if it fits
}

// Content is a message ready to be sent. A text message has neither Subject nor HTML.
type Content struct {
	Subject string
	Text    events.Secret
	HTML    events.Secret
}

//go:embed mail.html mail.txt
var files embed.FS

var (
	htmlMail = template.Must(template.New("mail.html").Funcs(outlook).ParseFS(files, "mail.html"))
	textMail = text.Must(text.ParseFS(files, "mail.txt"))
)

// outlook holds the card together where Outlook draws mails by Word, which knows no max-width. The template itself would lose the comments.
var outlook = template.FuncMap{
	"wide": func() template.HTML {
		return `<!--[if mso]><table role="presentation" width="520" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->`
	},
	"narrow": func() template.HTML { return `<!--[if mso]></td></tr></table><![endif]-->` },
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
