package words_test

import (
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"countersign/services/recovery/internal/web/words"
	"github.com/BurntSushi/toml"
)

func load(t *testing.T) *words.Catalogue {
	t.Helper()
	c, err := words.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhoIsSpokenToInWhichLanguage(t *testing.T) {
	t.Parallel()
	c := load(t)
	for _, s := range []struct{ name, accept, locale, platform, want string }{
		{"the browser's wish comes first", "de", "cs", "en", "de"},
		{"its region does not matter", "cs-CZ,cs;q=0.9,en;q=0.8", "", "en", "cs"},
		{"its order counts", "en;q=0.5,de;q=0.9", "cs", "cs", "de"},
		{"a language that is not spoken here is passed over", "fr-FR,fr;q=0.9,cs;q=0.3", "de", "en", "cs"},
		{"a browser with none of them hears the case's", "fr", "de-AT", "cs", "de"},
		{"a browser that says nothing hears the case's", "", "cs", "de", "cs"},
		{"without a case's, the platform's", "", "", "de", "de"},
		{"a case in no language of ours hears the platform's", "", "fr", "cs", "cs"},
		{"anything is as good as anything", "*", "de", "en", "de"},
		{"no wish at all", "", "", "", "en"},
		{"no language", "%%%", "cs", "en", "cs"},
		{"what is refused does not count", "cs;q=0,de", "", "en", "de"},
		{"a locale that is none", "", "x_x_x!", "de", "de"},
	} {
		if got := c.For(s.accept, s.locale, s.platform).Tag(); got != s.want {
			t.Errorf("%s: %s", s.name, got)
		}
	}
}

func TestALongWishIsReadAtItsBeginning(t *testing.T) {
	t.Parallel()
	long := "de"
	for len(long) < 1<<16 {
		long += ",fr;q=0.1"
	}
	if got := load(t).For(long, "cs").Tag(); got != "de" {
		t.Error(got)
	}
	if got := load(t).For(long[3:], "cs").Tag(); got != "cs" {
		t.Error(got)
	}
}

// plurals are the forms of each language that CLDR has for whole numbers and fractions.
var plurals = map[string][]string{"en": {"one", "other"}, "de": {"one", "other"}, "cs": {"few", "many", "one", "other"}}

var named = regexp.MustCompile(`{{\.\w+}}`)

func TestEveryLanguageSaysEverything(t *testing.T) {
	t.Parallel()
	english := forms(t, "en")
	for tag, kinds := range plurals {
		theirs := forms(t, tag)
		for id, want := range english {
			got := theirs[id]
			if len(want) > 1 && !slices.Equal(keys(got), kinds) || len(want) == 1 && len(got) != 1 {
				t.Errorf("%s: %s has the forms %v", tag, id, keys(got))
			}
			for form, text := range got {
				if names := named.FindAllString(text, -1); text == "" || !same(names, named.FindAllString(want["other"], -1)) {
					t.Errorf("%s: %s (%s) names %v", tag, id, form, names)
				}
			}
		}
		for id := range theirs {
			if english[id] == nil {
				t.Errorf("%s: %s is not said in English", tag, id)
			}
		}
	}
}

// forms reads a file without go-i18n, which would make up for what is missing.
func forms(t *testing.T, tag string) map[string]map[string]string {
	t.Helper()
	var file map[string]any
	if _, err := toml.DecodeFile("active."+tag+".toml", &file); err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]string{}
	for id, value := range file {
		all[id] = map[string]string{}
		switch value := value.(type) {
		case string:
			all[id]["other"] = value
		case map[string]any:
			for form, text := range value {
				all[id][form], _ = text.(string)
			}
		}
	}
	return all
}

func keys(m map[string]string) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

func same(a, b []string) bool {
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

func TestNumbersAreInflected(t *testing.T) {
	t.Parallel()
	c := load(t)
	for _, s := range []struct {
		tag  string
		n    int
		want string
	}{
		{"en", 1, "1 attempt left."}, {"en", 5, "5 attempts left."}, {"en", 0, "0 attempts left."},
		{"cs", 1, "Zbývá 1 pokus."}, {"cs", 3, "Zbývají 3 pokusy."}, {"cs", 5, "Zbývá 5 pokusů."},
		{"de", 1, "Noch 1 Versuch."}, {"de", 2, "Noch 2 Versuche."},
	} {
		if got := c.For(s.tag).Say("attempts_left", "N", s.n); got != s.want {
			t.Errorf("%s %d: %s", s.tag, s.n, got)
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	c, now := load(t), time.Date(2026, 11, 21, 22, 40, 30, 0, time.UTC)
	for _, s := range []struct {
		name, tag   string
		left        time.Duration
		until, from string
	}{
		{"seconds", "en", 25 * time.Second, "in 25 seconds", "in 25 seconds"},
		{"one second", "cs", time.Second, "za 1 sekundu", "za 1 sekundu"},
		{"an end is told too early rather than too late, a beginning the other way round", "en", 4*time.Minute + 50*time.Second,
			"in 4 minutes (22:45 UTC)", "in 5 minutes (22:46 UTC)"},
		{"few minutes", "cs", 2 * time.Minute, "za 2 minuty (22:42 UTC)", "za 2 minuty (22:43 UTC)"},
		{"many minutes", "cs", 5 * time.Minute, "za 5 minut (22:45 UTC)", "za 5 minut (22:46 UTC)"},
		{"an hour and a half is said in minutes", "de", 90 * time.Minute, "in 90 Minuten (22. November, 00:10 UTC)", "in 90 Minuten (22. November, 00:11 UTC)"},
		{"hours", "de", 24 * time.Hour, "in 24 Stunden (22. November, 22:40 UTC)", "in 24 Stunden (22. November, 22:41 UTC)"},
		{"days", "cs", 7 * 24 * time.Hour, "za 7 dní (28. listopadu, 22:40 UTC)", "za 7 dní (28. listopadu, 22:41 UTC)"},
		{"the same day of another year", "en", 365 * 24 * time.Hour, "in 365 days (21 November, 22:40 UTC)", "in 365 days (21 November, 22:41 UTC)"},
		{"gone", "de", -time.Hour, "jetzt", "jetzt"},
	} {
		l := c.For(s.tag)
		if got := l.Until(now.Add(s.left), now); got != s.until {
			t.Errorf("%s: it ends %s", s.name, got)
		}
		if got := l.From(now.Add(s.left).In(time.FixedZone("", 3600)), now); got != s.from {
			t.Errorf("%s: it begins %s", s.name, got)
		}
	}
}

func TestNoFileIsLeftOut(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		tag, ok := regexp.MustCompile(`^active\.(.*)\.toml$`).FindStringSubmatch(e.Name()), true
		if ok = tag != nil; ok && load(t).For(tag[1]).Tag() != tag[1] {
			t.Errorf("%s is not spoken", e.Name())
		}
	}
}
