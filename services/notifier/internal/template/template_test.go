package template

import (
	"errors"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"countersign/pkg/events"
	"countersign/services/notifier/internal/gsm7"
)

const code = "481516"

func data() Data {
	return Data{Brand: "Acme Garden", Code: events.NewSecret(code), Minutes: 5, Locale: "en"}
}

func dataFor(name string) Data {
	d := data()
	if english[name].notice() {
		d.Code = events.Secret{}
	}
	return d
}

func render(t *testing.T, channel, name string, d Data) Content {
	t.Helper()
	c, err := Render(channel, name, d)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestALoginTextReadsLikeThis(t *testing.T) {
	d := data()
	if got, want := render(t, SMS, LoginCode, d).Text.Reveal(), "Acme Garden: 481516 is your sign-in code. It expires in 5 minutes. Never share it."; got != want {
		t.Errorf("got %q", got)
	}
	d.Minutes, d.Host = 1, "acme.example"
	if got, want := render(t, SMS, EnrollmentCode, d).Text.Reveal(),
		"Acme Garden: 481516 is your setup code. It expires in 1 minute. Never share it.\n@acme.example #481516"; got != want {
		t.Errorf("got %q", got)
	}
}

func TestALoginMailReadsLikeThis(t *testing.T) {
	c := render(t, Email, LoginCode, data())
	const want = `Your sign-in code

Enter this code to finish signing in to Acme Garden:

    481516

It can be used once, within 5 minutes.
Never share this code. Nobody from Acme Garden will ask you for it.

If you are not signing in right now, somebody may know your password: change it.

-- 
Acme Garden
`
	if c.Subject != "Your Acme Garden sign-in code" || c.Text.Reveal() != want {
		t.Errorf("subject %q, text %q", c.Subject, c.Text.Reveal())
	}
}

var (
	unseen = regexp.MustCompile(`(?s)<head>.*</head>|<div style="display:none.*?</div>`)
	tag    = regexp.MustCompile(`<[^>]*>`)
	wordRE = regexp.MustCompile(`[\p{L}\p{N}'-]*[\p{L}\p{N}]`)
)

func TestTheTextAndTheHTMLOfAMailSayTheSame(t *testing.T) {
	for name := range english {
		c := render(t, Email, name, dataFor(name))
		seen := html.UnescapeString(tag.ReplaceAllString(unseen.ReplaceAllString(c.HTML.Reveal(), " "), " "))
		plain := strings.TrimSuffix(c.Text.Reveal(), "-- \nAcme Garden\n")
		want := append([]string{"Acme", "Garden"}, wordRE.FindAllString(plain, -1)...)
		if got := wordRE.FindAllString(seen, -1); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s: the HTML says %q, the text %q", name, got, want)
		}
	}
}

func TestTheCodeStandsNeitherInTheSubjectNorInThePreview(t *testing.T) {
	for _, name := range []string{LoginCode, EnrollmentCode} {
		c := render(t, Email, name, data())
		hidden := strings.Join(unseen.FindAllString(c.HTML.Reveal(), -1), "")
		if strings.Contains(c.Subject+hidden, code) {
			t.Errorf("%s shows the code before the mail is opened", name)
		}
		if !strings.Contains(hidden, "Never share") {
			t.Errorf("%s: preview %q", name, hidden)
		}
	}
}

func TestContentShowsNoCodeWhenPrinted(t *testing.T) {
	c := render(t, Email, LoginCode, data())
	if text := fmt.Sprintf("%v %+v %#v", c, c, c); strings.Contains(text, code) {
		t.Error(text)
	}
}

func TestABrandIsTextAndNothingElse(t *testing.T) {
	d := data()
	d.Brand = `<b>{code}</b> & "Sons"`
	c := render(t, Email, LoginCode, d)
	if strings.Contains(c.HTML.Reveal(), "<b>") || !strings.Contains(c.HTML.Reveal(), "&lt;b&gt;{code}&lt;/b&gt; &amp; ") {
		t.Error("the brand writes HTML")
	}
	if !strings.Contains(c.Text.Reveal(), d.Brand) {
		t.Errorf("text %q", c.Text.Reveal())
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	with := func(change func(*Data)) Data {
		d := data()
		change(&d)
		return d
	}
	for _, c := range []struct {
		name    string
		channel string
		what    string
		data    Data
		say     string
	}{
		{"no brand", Email, LoginCode, with(func(d *Data) { d.Brand = "" }), "brand"},
		{"a brand that is too long", SMS, LoginCode, with(func(d *Data) { d.Brand = strings.Repeat("a", 65) }), "brand"},
		{"a brand that ends a header", Email, LoginCode, with(func(d *Data) { d.Brand = "Acme\r\nBcc: a@example.com" }), "brand"},
		{"a brand that is no UTF-8", Email, LoginCode, with(func(d *Data) { d.Brand = "\xff" }), "brand"},
		{"a code that is none", Email, LoginCode, with(func(d *Data) { d.Code = events.NewSecret("48a516") }), "code"},
		{"no code", Email, EnrollmentCode, with(func(d *Data) { d.Code = events.Secret{} }), "code"},
		{"a code in a notice", Email, FactorReset, data(), "code"},
		{"no life", SMS, LoginCode, with(func(d *Data) { d.Minutes = 0 }), "minutes"},
	} {
		if _, err := Render(c.channel, c.what, c.data); err == nil || !strings.Contains(err.Error(), c.say) || strings.Contains(err.Error(), "48a516") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, unknown := range [][2]string{{Email, "birthday"}, {"pigeon", LoginCode}} {
		if _, err := Render(unknown[0], unknown[1], data()); !errors.Is(err, ErrUnknown) {
			t.Errorf("%v: %v", unknown, err)
		}
	}
}

func TestALifeIsToldAsAtMostTenMinutes(t *testing.T) {
	d := data()
	d.Minutes = 11 // two clocks that differ, and rounding up
	if got := render(t, SMS, LoginCode, d).Text.Reveal(); !strings.Contains(got, "10 minutes") {
		t.Errorf("got %q", got)
	}
}

func TestEveryLocaleGetsALanguageThatIsThere(t *testing.T) {
	for name := range english {
		for _, locale := range []string{"", "en", "en-GB", "de-CH", "zh-Hant", "x", "not a locale"} {
			d := dataFor(name)
			d.Locale = locale
			if c := render(t, Email, name, d); !strings.Contains(c.HTML.Reveal(), `<html lang="en"`) {
				t.Errorf("%s, %q: no language in the HTML", name, locale)
			}
		}
	}
}

func TestABrandIsSpelledInThePhoneNetworksAlphabet(t *testing.T) {
	for brand, want := range map[string]string{
		"Zürich Café":  "Zürich Café: 4",
		"Kraków Bank":  "Krakow Bank: 4",
		"Škoda Łódź":   "Skoda Lodz: 4",
		"Acme™ “Shop”": "AcmeTM \"Shop\": 4",
		"株式会社":         "481516 is",
		"  Acme  ":     "Acme: 4",
	} {
		d := data()
		d.Brand = brand
		if got := render(t, SMS, LoginCode, d).Text.Reveal(); !strings.HasPrefix(got, want) {
			t.Errorf("%q: got %q, want it to begin with %q", brand, got, want)
		}
	}
}

func TestABrandThatDoesNotFitGivesWay(t *testing.T) {
	d := data()
	d.Brand, d.Host = strings.Repeat("[", maxBrand), "acme.example"
	got := render(t, SMS, LoginCode, d).Text.Reveal()
	if n, _ := gsm7.Septets(got); n > gsm7.Segment || n < gsm7.Segment-1 {
		t.Errorf("%q: %d septets, want as much of the brand as one segment holds", got, n)
	}
	if !strings.HasSuffix(got, "[[: 481516 is your sign-in code. It expires in 5 minutes. Never share it.") {
		t.Errorf("got %q", got)
	}
}

func TestATextIsOneSegmentWhateverTheBrand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{LoginCode, EnrollmentCode, ContactChanged, FactorReset}).Draw(t, "name")
		d := dataFor(name)
		d.Brand = rapid.StringOfN(rapid.RuneFrom([]rune("aÄ€[]{}~^ł株 é\u0301İß")), 1, maxBrand, -1).Draw(t, "brand")
		d.Minutes = rapid.IntRange(1, 10).Draw(t, "minutes")
		d.Host = rapid.SampledFrom([]string{"", "acme.example", strings.Repeat("a", 200), "münchen.example", "株.example"}).Draw(t, "host")
		c, err := Render(SMS, name, d)
		if err != nil {
			t.Fatal(err)
		}
		text := c.Text.Reveal()
		if n, ok := gsm7.Septets(text); !ok || n > gsm7.Segment {
			t.Fatalf("%q: %d septets, in the alphabet: %v", text, n, ok)
		}
		if !english[name].notice() && (!strings.Contains(text, code) || !strings.Contains(text, "minute") || !strings.Contains(text, "Never share it.")) {
			t.Fatalf("%q lacks the code, its life or the warning", text)
		}
	})
}
