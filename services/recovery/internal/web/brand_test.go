package web_test

import (
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/pkg/worker/policy"
	"countersign/services/recovery/internal/web"
	"countersign/services/recovery/internal/web/contrast"
)

var variable = regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6})`)

// colors are the variables of a style sheet, in light and in dark.
func colors(t *testing.T, css string) (light, dark map[string]contrast.Color) {
	t.Helper()
	day, night, _ := strings.Cut(css, "prefers-color-scheme: dark")
	night, _, _ = strings.Cut(night, "\n}\n") // what follows is neither
	read := func(text string) map[string]contrast.Color {
		all := map[string]contrast.Color{}
		for _, found := range variable.FindAllStringSubmatch(text, -1) {
			all[found[1]], _ = contrast.Parse(found[2])
		}
		return all
	}
	if light, dark = read(day), read(night); len(light) == 0 || len(dark) == 0 {
		t.Fatal("no colors were found")
	}
	for name, c := range light {
		if _, ok := dark[name]; !ok {
			dark[name] = c
		}
	}
	return light, dark
}

// pairs are what is read on what.
var pairs = map[string][]string{
	"card": {"ink", "soft", "accent", "bad", "good"}, "page": {"ink", "soft", "accent"}, "well": {"ink", "soft"}, "tint": {"accent"},
	"button": {"on-button"}, "bad": {"on-bad"}, "good-tint": {"good"}, "bad-tint": {"bad"},
}

func TestWhateverTheBrandsColorThePagesAreReadable(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("assets/web.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, color := range []string{"", "#000000", "#ffffff", "#ffd400", "#1f5fbf", "#e2001a", "#7f7f7f", "#00ff7f", "#1b2422", "#f3f5f4"} {
		light, dark := colors(t, string(source))
		if color != "" {
			h := open(t, func(c *web.Config) {
				c.Policies = func(name string) (policy.Policy, bool) {
					p, ok := acme(name)
					p.BrandColor = color
					return p, ok
				}
			})
			a := h.browser().get(base + "/brand/acme")
			if kind := a.Header.Get("Content-Type"); kind != "text/css; charset=utf-8" {
				t.Errorf("the style sheet is %s", kind)
			}
			day, night := colors(t, a.text)
			maps.Copy(light, day)
			maps.Copy(dark, night)
		}
		for scheme, all := range map[string]map[string]contrast.Color{"light": light, "dark": dark} {
			for ground, texts := range pairs {
				for _, text := range texts {
					if r := contrast.Ratio(all[ground], all[text]); r < contrast.Text {
						t.Errorf("%s %s: %s %s on %s %s is %.2f", color, scheme, text, all[text], ground, all[ground], r)
					}
				}
			}
			if r := contrast.Ratio(all["edge"], all["card"]); r < 3 { // WCAG 2.2, 1.4.11
				t.Errorf("%s: the edge of a field is %.2f", scheme, r)
			}
		}
	}
}

func TestAPlatformWithoutABrand(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *web.Config) {
		c.Policies = func(name string) (policy.Policy, bool) { return policy.Default(name), name == "acme" }
	})
	b := h.browser()
	b.get(linkPath).says(t, "acme").saysNot(t, "/logo/", "/brand/")
	for _, path := range []string{"/logo/acme", "/brand/acme", "/logo/other", "/brand/other", "/logo/..%2f", "/brand/x%0a"} {
		if a := b.get(base + path); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
	b.get(strings.Replace(linkPath, "acme", "nobody", 1)).says(t, "leads nowhere").saysNot(t, "nobody", "acme", "<header>")
}

// An SVG may hold scripts.
func TestTheLogoCanDoNothing(t *testing.T) {
	t.Parallel()
	a := open(t, nil).browser().get(base + "/logo/acme")
	if got := a.Header.Get("Content-Security-Policy"); got != "default-src 'none'; style-src 'unsafe-inline'; sandbox" {
		t.Error(got)
	}
	if kind := a.Header.Get("Content-Type"); kind != "image/svg+xml" || a.text != `<svg xmlns="http://www.w3.org/2000/svg"/>` || a.Header.Get("Cross-Origin-Opener-Policy") != "" {
		t.Errorf("%s %s", kind, a.text)
	}
}

func TestThePageIsInTheLanguageOfWhoReads(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	h.Set(func(v *web.View) { v.Locale = "cs-CZ" })
	for accept, want := range map[string]string{"de-AT,de;q=0.9": `lang="de"`, "fr": `lang="cs"`, "": `lang="cs"`, "en-US": `lang="en"`} {
		b := h.browser()
		b.headers.Set("Accept-Language", accept)
		b.get(linkPath).says(t, want)
	}
	b := h.browser()
	b.headers.Set("Accept-Language", "cs")
	b.submit(linkPath, linkPath).says(t, "Krok 2 z 6", "skončí za 30 minut")
	b.submit(atCase, atCase+"/text")
	b.submit(atCase, atCase+"/code", "code", "1").says(t, "Tento kód je špatný.", "Zbývají 4 pokusy.", "<title>Chyba: ")
}

func TestPagesAreMadeForAssistiveTechnology(t *testing.T) {
	t.Parallel()
	titles := map[string]string{}
	pages := everyPage(t, "en")
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		text := pages[name]
		for part, n := range map[string]int{"<html lang=": 1, "<title>": 1, "<h1>": 1, "<main>": 1, `name="viewport" content="width=device-width, initial-scale=1"`: 1} {
			if got := strings.Count(text, part); got != n {
				t.Errorf("%s has %d of %s", name, got, part)
			}
		}
		title := regexp.MustCompile(`<title>(.*?)</title>`).FindStringSubmatch(text)[1]
		if other, taken := titles[title]; taken {
			t.Errorf("%s and %s are both titled %s", name, other, title)
		}
		titles[title] = name
	}
}
