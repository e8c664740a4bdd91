// Package words is what the pages say, in each language that they speak: one file a language, active.<tag>.toml, in the format of go-i18n.
package words

import (
	"cmp"
	"embed"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed active.*.toml
var files embed.FS

// tags are the languages, and begin with the one that everybody is told who wants none of them.
var tags = []language.Tag{language.English, language.Czech, language.German}

// Catalogue is all languages. It is safe for concurrent use.
type Catalogue struct {
	matcher   language.Matcher
	languages []Language // as tags
}

// Load reads the files that the program holds.
func Load() (*Catalogue, error) {
	bundle := i18n.NewBundle(tags[0])
	bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	c := &Catalogue{matcher: language.NewMatcher(tags)}
	for _, tag := range tags {
		if _, err := bundle.LoadMessageFileFS(files, "active."+tag.String()+".toml"); err != nil {
			return nil, fmt.Errorf("load words: %w", err)
		}
		c.languages = append(c.languages, Language{tag.String(), i18n.NewLocalizer(bundle, tag.String())})
	}
	return c, nil
}

const mostAccepted = 256 // bytes of Accept-Language that are read

// For is the language that a browser wishes (Accept-Language), else the first of locales (BCP 47) that is spoken here, else English. The
// browser comes first: it is in the hands of whoever reads. A page on a borrowed phone is readable for whoever lent it.
func (c *Catalogue) For(accept string, locales ...string) Language {
	if len(accept) > mostAccepted {
		accept = accept[:strings.LastIndexByte(accept[:mostAccepted], ',')+1]
	}
	wishes, _, _ := language.ParseAcceptLanguage(strings.TrimSuffix(accept, ","))
	if l, ok := c.match(wishes...); ok {
		return l
	}
	for _, locale := range locales {
		if l, ok := c.match(language.Make(locale)); ok {
			return l
		}
	}
	return c.languages[0]
}

func (c *Catalogue) match(wishes ...language.Tag) (Language, bool) {
	_, i, confidence := c.matcher.Match(wishes...)
	return c.languages[i], len(wishes) > 0 && confidence > language.No
}

// A Language says things.
type Language struct {
	tag  string
	says *i18n.Localizer
}

// Tag is BCP 47, for the lang attribute.
func (l Language) Tag() string { return l.tag }

// Say is a message with what it names: names and values by turns. N is the number that its plural follows. What nobody has written is
// said by its name: a test finds it.
func (l Language) Say(id string, named ...any) string {
	data := map[string]any{}
	for i := 0; i+1 < len(named); i += 2 {
		data[fmt.Sprint(named[i])] = named[i+1]
	}
	text, _ := l.says.Localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: data, PluralCount: data["N"]})
	return cmp.Or(text, id)
}
