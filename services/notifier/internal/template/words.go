package template

import (
	"fmt"
	"strings"

	"golang.org/x/text/language"
)

// words are the sentences of one template in one language. %s is the brand, in Life the lifetime; short takes brand, code and lifetime.
type words struct {
	language                                       string
	subject, heading, lead, life, never, otherwise string
	short                                          string
	minute, minutes                                string
}

// wordsFor returns the templates of the language that fits locale best.
func wordsFor(locale string) map[string]words {
	_, index, _ := matcher.Match(language.Make(locale))
	return languages[index].words
}

type catalogue struct {
	tag   language.Tag
	words map[string]words
}

// languages begins with the one to fall back to.
var languages = []catalogue{{language.English, english}}

var matcher = func() language.Matcher {
	var tags []language.Tag
	for _, l := range languages {
		tags = append(tags, l.tag)
	}
	return language.NewMatcher(tags)
}()

var english = map[string]words{
	LoginCode: {
		language:  "en",
		subject:   "Your %s sign-in code",
		heading:   "Your sign-in code",
		lead:      "Enter this code to finish signing in to %s:",
		life:      "It can be used once, within %s.",
		never:     "Never share this code. Nobody from %s will ask you for it.",
		otherwise: "If you are not signing in right now, somebody may know your password: change it.",
		short:     "%s: %s is your sign-in code. It expires in %s. Never share it.",
		minute:    "1 minute", minutes: "%d minutes",
	},
	EnrollmentCode: {
		language:  "en",
		subject:   "Confirm two-step sign-in for %s",
		heading:   "Confirm two-step sign-in",
		lead:      "Enter this code to have %s send your sign-in codes here:",
		life:      "It can be used once, within %s.",
		never:     "Never share this code. Nobody from %s will ask you for it.",
		otherwise: "If you did not ask for this, somebody may have mistyped an address: without the code nothing changes.",
		short:     "%s: %s is your setup code. It expires in %s. Never share it.",
		minute:    "1 minute", minutes: "%d minutes",
	},
}

func (w words) letter(d Data) letter {
	return letter{
		Language: w.language, Brand: d.Brand, Code: d.Code.Reveal(),
		Subject: fmt.Sprintf(w.subject, d.Brand), Heading: w.heading, Lead: fmt.Sprintf(w.lead, d.Brand),
		Life: fmt.Sprintf(w.life, w.lifetime(d.Minutes)), Never: fmt.Sprintf(w.never, d.Brand), Otherwise: w.otherwise,
	}
}

func (w words) lifetime(minutes int) string {
	if minutes == 1 {
		return w.minute
	}
	return strings.Replace(w.minutes, "%d", fmt.Sprint(minutes), 1)
}
