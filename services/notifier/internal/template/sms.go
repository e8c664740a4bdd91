package template

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/services/notifier/internal/gsm7"
)

const keptBrand = 9 // letters of a brand that stay beside a last line

// sms writes a text of as few segments as its kind may take. The brand gives way where it does not fit, and where nine letters of it do not fit
// beside the last line, that line does: the code, its life, the warning and a link never do.
func (c catalogue) sms(k kind, w words, d Data) string {
	brand := c.Texts.spell(d.Brand)
	if last := c.lastLine(k, d); last != "" {
		if text, fits := c.fitted(w, d, brand, last, keptBrand); fits {
			return text
		}
	}
	text, _ := c.fitted(w, d, brand, "", 0)
	return text
}

// lastLine binds a code to a host: a phone offers it in pages of that host alone (the convention of origin-bound one-time codes).
func (c catalogue) lastLine(k kind, d Data) string {
	if d.Host == "" || !k.has(codeName) || c.Texts.spell(d.Host) != d.Host {
		return ""
	}
	return "\n@" + d.Host + " #" + d.Code.Reveal()
}

// fitted takes letters from the brand until the text fits, but for the least.
func (c catalogue) fitted(w words, d Data, brand, last string, least int) (text string, fits bool) {
	for {
		text = c.short(w, d, brand) + last
		if fits = gsm7.Segments(text) <= d.segments(); fits || utf8.RuneCountInString(brand) <= least {
			return text, fits
		}
		_, cut := utf8.DecodeLastRuneInString(brand)
		brand = strings.TrimRight(brand[:len(brand)-cut], " ")
	}
}

// short is spelled but for what must stay as it is.
func (c catalogue) short(w words, d Data, brand string) string {
	sentence := c.Texts.spell(c.filled(brand, d)(w.short(d)))
	return strings.TrimPrefix(sentence, ": ") // a brand of which nothing is left takes its colon along
}

// CheckHost names every text of a platform that has no room for the line that binds its code to host.
func (b *Book) CheckHost(platform, host string) error {
	if host == "" {
		return nil
	}
	var faults []error
	for _, c := range b.shelf(platform).languages {
		for _, k := range kinds {
			if !slices.Contains(typedAtHome, k.name) || c.leavesRoom(k, host) {
				continue
			}
			faults = append(faults, fmt.Errorf("%s: templates.%s.short: leaves no room for its last line, @%s and a code: shorten it, or the host", c.tag, k.name, host))
		}
	}
	return errors.Join(faults...)
}

// typedAtHome are the texts with codes that are typed in the platform's own pages.
var typedAtHome = []notification.Template{notification.LoginCode, notification.EnrollmentCode}

func (c catalogue) leavesRoom(k kind, host string) bool {
	d := k.longest()
	d.Host, d.Cancel = host, events.Secret{}
	_, fits := c.fitted(c.Templates[k.name], d, nineLetters, c.lastLine(k, d), keptBrand)
	return fits && c.lastLine(k, d) != ""
}
