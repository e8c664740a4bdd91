package sink

import (
	"regexp"
	"strings"
	"time"
)

var (
	codePattern = regexp.MustCompile(`(?:^|[^0-9A-Za-z+#-])([0-9]{6}|[0-9]{8})(?:[^0-9A-Za-z-]|$)`)
	linkPattern = regexp.MustCompile(`https?://[^\s<>"]+`)
)

// A pageView is what the template shows.
type pageView struct {
	Messages []messageView
	Home     string
	Refresh  int // seconds between reloads where there is no script
}

type messageView struct {
	Message
	Newest bool   // of all
	Code   string // the code in its text, if there is one
	Link   string // the first link in its text, if there is one
	Parts  []part // its text with its links taken out
	Clock  string // hh:mm:ss where the server is
	Day    string // as a phone heads a text
	Full   string // the same with date and zone
}

// A part is a stretch of text, or a link where URL is set.
type part struct{ Text, URL string }

func view(newestFirst []Message, home string) pageView {
	page := pageView{Refresh: 5, Home: home}
	for i, m := range newestFirst {
		at := m.At.Local()
		taken := parts(strings.TrimSpace(m.Text))
		page.Messages = append(page.Messages, messageView{
			Message: m, Newest: i == 0, Code: findCode(m.Text), Link: firstLink(taken), Parts: taken,
			Clock: at.Format(time.TimeOnly), Day: at.Format("Monday 15:04"), Full: at.Format("2 January 2006, 15:04:05 MST"),
		})
	}
	return page
}

// IsMail tells the two kinds apart in the template.
func (m messageView) IsMail() bool { return m.Channel == Email }

// Stamp is the time for machines.
func (m messageView) Stamp() string { return m.At.Format(time.RFC3339) }

func findCode(text string) string {
	if found := codePattern.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return ""
}

func firstLink(taken []part) string {
	for _, p := range taken {
		if p.URL != "" {
			return p.URL
		}
	}
	return ""
}

func parts(text string) []part {
	var all []part
	last := 0
	for _, at := range linkPattern.FindAllStringIndex(text, -1) {
		link := strings.TrimRight(text[at[0]:at[1]], ".,;:!?)")
		all = append(all, part{Text: text[last:at[0]]}, part{Text: link, URL: link})
		last = at[0] + len(link)
	}
	return append(all, part{Text: text[last:]})
}
