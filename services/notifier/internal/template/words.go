package template

import (
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

// words are the sentences of one template in one language; {brand}, {code} and {life}, the code's, are filled in.
type words struct {
	subject, heading, lead string
	life, never            string // of the code; empty in notices
	otherwise              string // what to do when it was somebody else
	short                  string // all of it, for a text
}

func (w words) notice() bool { return w.life == "" }

// A catalogue is all that is written in one language.
type catalogue struct {
	tag             language.Tag
	minute, minutes string // the lifetime; {n} is a number above 1
	words           map[string]words
}

// catalogueFor returns the language that fits locale best.
func catalogueFor(locale string) catalogue {
	_, index, _ := matcher.Match(language.Make(locale))
	return languages[index]
}

// languages begins with the one to fall back to.
var languages = []catalogue{{tag: language.English, minute: "1 minute", minutes: "{n} minutes", words: english}}

var matcher = func() language.Matcher {
	var tags []language.Tag
	for _, l := range languages {
		tags = append(tags, l.tag)
	}
	return language.NewMatcher(tags)
}()

var english = map[string]words{
	LoginCode: {
		subject:   "Your {brand} sign-in code",
		heading:   "Your sign-in code",
		lead:      "Enter this code to finish signing in to {brand}:",
		life:      "It can be used once, within {life}.",
		never:     "Never share this code. Nobody from {brand} will ask you for it.",
		otherwise: "If you are not signing in right now, somebody may know your password: change it.",
		short:     "{brand}: {code} is your sign-in code. It expires in {life}. Never share it.",
	},
	EnrollmentCode: {
		subject:   "Confirm two-step sign-in for {brand}",
		heading:   "Confirm two-step sign-in",
		lead:      "Enter this code to have {brand} send your sign-in codes here:",
		life:      "It can be used once, within {life}.",
		never:     "Never share this code. Nobody from {brand} will ask you for it.",
		otherwise: "If you did not ask for this, somebody may have mistyped an address: without the code nothing changes.",
		short:     "{brand}: {code} is your setup code. It expires in {life}. Never share it.",
	},
	ContactChanged: {
		subject:   "Your contact at {brand} was changed",
		heading:   "Your contact was changed",
		lead:      "{brand} now keeps another address or number for your account, in place of this one.",
		otherwise: "If this was not you, tell the support of {brand} at once.",
		short:     "{brand}: another contact is now kept for your account in place of this one. If this was not you, tell support at once.",
	},
	FactorReset: {
		subject:   "Two-step sign-in was reset at {brand}",
		heading:   "Two-step sign-in was reset",
		lead:      "An administrator of {brand} removed every second step from your account.",
		otherwise: "If you did not ask for this, tell the support of {brand} at once.",
		short:     "{brand}: an administrator removed every second step from your account. If you did not ask for this, tell support at once.",
	},
}

func (c catalogue) letter(w words, d Data) letter {
	fill := c.filler(d.Brand, d)
	return letter{
		Language: c.tag.String(), Brand: d.Brand, Code: d.Code.Reveal(), Subject: fill(w.subject), Heading: fill(w.heading),
		Lead: fill(w.lead), Life: fill(w.life), Never: fill(w.never), Otherwise: fill(w.otherwise),
	}
}

// filler puts what a sentence names in its places.
func (c catalogue) filler(brand string, d Data) func(sentence string) string {
	names := strings.NewReplacer("{brand}", brand, "{code}", d.Code.Reveal(), "{life}", c.lifetime(d.Minutes))
	return names.Replace
}

func (c catalogue) lifetime(minutes int) string {
	if minutes == 1 {
		return c.minute
	}
	return strings.Replace(c.minutes, "{n}", strconv.Itoa(minutes), 1)
}
