// Package preview shows what users are sent before anybody is: in the terminal, or as one HTML file with every mail as it will look.
package preview

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"os"

	"countersign/pkg/events/notification"
	"countersign/services/notifier"
)

// Config says what to show.
type Config struct {
	Folder   string // of what platforms write in their own words; empty: nobody does
	Platform string
	Brand    string // empty: the platform's name
	Locale   string // empty: every language
	Host     string // where codes are typed, as sms.host of the policy says; empty: texts do not say it
	HTML     string // file to write; empty: the terminal alone
	Out      io.Writer
}

// Run writes it. The error names everything that is wrong with the templates.
func Run(c Config) error {
	if c.Brand == "" {
		c.Brand = c.Platform
	}
	samples, err := notifier.Preview(c.Folder, c.Platform, notifier.Look{Brand: c.Brand, Locale: c.Locale, Host: c.Host})
	if err != nil {
		return err
	}
	if c.HTML != "" {
		return c.file(samples)
	}
	for _, s := range samples {
		show(c.Out, s)
	}
	return nil
}

func show(out io.Writer, s notifier.Sample) {
	about := fmt.Sprintf("%s by %s, %s", s.Template, s.Channel, s.Locale)
	if s.Channel == notification.SMS {
		about += fmt.Sprintf(", %d characters in %d segments", len([]rune(s.Text)), s.Segments)
	} else {
		about += ": " + s.Subject
	}
	_, _ = fmt.Fprintf(out, "── %s\n%s\n\n", about, s.Text)
}

//go:embed page.html
var files embed.FS

var page = template.Must(template.ParseFS(files, "page.html"))

func (c Config) file(samples []notifier.Sample) error {
	f, err := os.Create(c.HTML)
	if err != nil {
		return fmt.Errorf("write preview: %w", err)
	}
	err = page.Execute(f, struct {
		Brand   string
		Samples []notifier.Sample
	}{c.Brand, samples})
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("write preview: %w", err)
	}
	_, _ = fmt.Fprintf(c.Out, "%d messages of %s: %s\n", len(samples), c.Platform, c.HTML)
	return nil
}
