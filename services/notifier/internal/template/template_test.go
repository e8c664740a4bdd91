package template

import (
	"errors"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/policy"
	"countersign/services/notifier/internal/gsm7"
)

const (
	number = "481516"
	link   = "https://id.example/recovery/acme/aaaaaaaaaaaaaaaaaaaaaaaaaa/ttttttttttttttttttttttttttttttttttttttttttt"
	stop   = "https://id.example/recovery/acme/aaaaaaaaaaaaaaaaaaaaaaaaaa/cancel/sssssssssssssssssssssssssssssssssssssssssss"
)

var book = BuiltIn()

func data() Data {
	return Data{Brand: "Acme Garden", Code: events.NewSecret(number), Minutes: 5, Locale: "en"}
}

// dataFor has all that a template brings.
func dataFor(k kind) Data {
	d := Data{Brand: "Acme Garden", Minutes: 5, Locale: "en"}
	if k.has(codeName) {
		d.Code = events.NewSecret(number)
	}
	if k.has(linkName) {
		d.Link = events.NewSecret(link)
	}
	if k.has(cancelName) {
		d.Cancel = events.NewSecret(stop)
	}
	if k.has(waitName) {
		d.Wait = 24 * time.Hour
	}
	return d
}

// each calls f for every template on every channel in every language.
func each(t *testing.T, f func(t *testing.T, c notification.Channel, k kind, d Data)) {
	t.Helper()
	for _, k := range kinds {
		for _, c := range channels {
			for _, l := range book.builtIn.languages {
				d := dataFor(k)
				d.Locale = l.tag.String()
				if k.goesBy(c) {
					t.Run(fmt.Sprintf("%s %s %s", c, k.name, d.Locale), func(t *testing.T) { f(t, c, k, d) })
				}
			}
		}
	}
}

func render(t *testing.T, channel notification.Channel, name notification.Template, d Data) Content {
	t.Helper()
	c, err := book.Render("acme", channel, name, d)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestALoginTextReadsLikeThis(t *testing.T) {
	d := data()
	if got, want := render(t, notification.SMS, notification.LoginCode, d).Text.Reveal(), "Acme Garden: 481516 is your sign-in code. It expires in 5 minutes. Never share it."; got != want {
		t.Errorf("got %q", got)
	}
	d.Minutes, d.Host = 1, "acme.example"
	if got, want := render(t, notification.SMS, notification.EnrollmentCode, d).Text.Reveal(),
		"Acme Garden: 481516 is your setup code. It expires in 1 minute. Never share it.\n@acme.example #481516"; got != want {
		t.Errorf("got %q", got)
	}
}

func TestALoginMailReadsLikeThis(t *testing.T) {
	c := render(t, notification.Email, notification.LoginCode, data())
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
	each(t, func(t *testing.T, channel notification.Channel, k kind, d Data) {
		c := render(t, channel, k.name, d)
		if channel == notification.SMS {
			return
		}
		seen := html.UnescapeString(tag.ReplaceAllString(unseen.ReplaceAllString(c.HTML.Reveal(), " "), " "))
		plain := strings.TrimSuffix(c.Text.Reveal(), "-- \nAcme Garden\n")
		want := append([]string{"Acme", "Garden"}, wordRE.FindAllString(plain, -1)...)
		if got := wordRE.FindAllString(seen, -1); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("the HTML says %q, the text %q", got, want)
		}
	})
}

func TestTheCodeStandsNeitherInTheSubjectNorInThePreview(t *testing.T) {
	for _, name := range []notification.Template{notification.LoginCode, notification.EnrollmentCode} {
		c := render(t, notification.Email, name, data())
		hidden := strings.Join(unseen.FindAllString(c.HTML.Reveal(), -1), "")
		if strings.Contains(c.Subject+hidden, number) {
			t.Errorf("%s shows the code before the mail is opened", name)
		}
		if !strings.Contains(hidden, "Never share") {
			t.Errorf("%s: preview %q", name, hidden)
		}
	}
}

func TestContentShowsNoCodeWhenPrinted(t *testing.T) {
	c := render(t, notification.Email, notification.LoginCode, data())
	if text := fmt.Sprintf("%v %+v %#v", c, c, c); strings.Contains(text, number) {
		t.Error(text)
	}
}

func TestABrandIsTextAndNothingElse(t *testing.T) {
	d := data()
	d.Brand = `<b>{code}</b> & "Sons"`
	c := render(t, notification.Email, notification.LoginCode, d)
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
		channel notification.Channel
		what    notification.Template
		data    Data
		say     string
	}{
		{"no brand", notification.Email, notification.LoginCode, with(func(d *Data) { d.Brand = "" }), "brand"},
		{"a brand that is too long", notification.SMS, notification.LoginCode, with(func(d *Data) { d.Brand = strings.Repeat("a", 65) }), "brand"},
		{"a brand that ends a header", notification.Email, notification.LoginCode, with(func(d *Data) { d.Brand = "Acme\r\nBcc: a@example.com" }), "brand"},
		{"a brand that is no UTF-8", notification.Email, notification.LoginCode, with(func(d *Data) { d.Brand = "\xff" }), "brand"},
		{"a code that is none", notification.Email, notification.LoginCode, with(func(d *Data) { d.Code = events.NewSecret("48a516") }), "code"},
		{"no code", notification.Email, notification.EnrollmentCode, with(func(d *Data) { d.Code = events.Secret{} }), "code"},
		{"a code in a notice", notification.Email, notification.FactorReset, data(), "code"},
		{"a link in a notice", notification.Email, notification.FactorReset, Data{Brand: "a", Link: events.NewSecret(link)}, "link"},
		{"a cancel link in a notice", notification.Email, notification.FactorReset, Data{Brand: "a", Cancel: events.NewSecret(link)}, "cancel"},
		{"no link", notification.Email, notification.RecoveryLink, Data{Brand: "a", Minutes: 5, Cancel: events.NewSecret(stop)}, "link"},
		{"a link that leads nowhere", notification.Email, notification.RecoveryLink, Data{Brand: "a", Minutes: 5, Cancel: events.NewSecret(stop), Link: events.NewSecret("48a516")}, "link"},
		{"a link that runs something", notification.Email, notification.RecoveryOpened, Data{Brand: "a", Cancel: events.NewSecret("javascript:48a516")}, "cancel"},
		{"no cancel link beside a link", notification.Email, notification.RecoveryLink, Data{Brand: "a", Minutes: 5, Link: events.NewSecret(link)}, "cancel"},
		{"no wait", notification.SMS, notification.RecoveryApproved, Data{Brand: "a", Cancel: events.NewSecret(stop)}, "wait"},
		{"no life", notification.SMS, notification.LoginCode, with(func(d *Data) { d.Minutes = 0 }), "minutes"},
	} {
		if _, err := book.Render("acme", c.channel, c.what, c.data); err == nil || !strings.Contains(err.Error(), c.say) || strings.Contains(err.Error(), "48a516") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for name, channel := range map[notification.Template]notification.Channel{
		"birthday": notification.Email, notification.LoginCode: "pigeon", notification.RecoveryLink: notification.SMS,
	} {
		if _, err := book.Render("acme", channel, name, data()); !errors.Is(err, ErrUnknown) {
			t.Errorf("%s by %s: %v", name, channel, err)
		}
	}
}

func TestALifeIsToldAsAtMostTenMinutes(t *testing.T) {
	d := data()
	d.Minutes = 11 // two clocks that differ, and rounding up
	if got := render(t, notification.SMS, notification.LoginCode, d).Text.Reveal(); !strings.Contains(got, "10 minutes") {
		t.Errorf("got %q", got)
	}
}

func TestALocaleGetsTheLanguageThatFits(t *testing.T) {
	for locale, want := range map[string]string{
		"": "en", "en": "en", "en-GB": "en", "fr": "en", "zh-Hant": "en", "x": "en", "not a locale": "en",
		"de": "de", "de-CH": "de", "cs": "cs", "cs-CZ": "cs",
	} {
		d := data()
		d.Locale = locale
		if c := render(t, notification.Email, notification.LoginCode, d); !strings.Contains(c.HTML.Reveal(), `<html lang="`+want+`"`) {
			t.Errorf("%q: want %s in the HTML", locale, want)
		}
	}
}

func TestABrandIsSpelledInThePhoneNetworksAlphabet(t *testing.T) {
	for brand, want := range map[string]string{
		"Zürich Café":  "Zürich Café: 4",
		"Straße 7":     "Straße 7: 4",
		"Kraków Bank":  "Krakow Bank: 4",
		"Škoda Łódź":   "Skoda Lodz: 4",
		"Acme™ “Shop”": "AcmeTM \"Shop\": 4",
		"株式会社":         "481516 is",
		"  Acme  ":     "Acme: 4",
	} {
		d := data()
		d.Brand = brand
		if got := render(t, notification.SMS, notification.LoginCode, d).Text.Reveal(); !strings.HasPrefix(got, want) {
			t.Errorf("%q: got %q, want it to begin with %q", brand, got, want)
		}
	}
}

func TestABrandThatDoesNotFitGivesWay(t *testing.T) {
	d := data()
	d.Brand = strings.Repeat("[", maxBrand)
	got := render(t, notification.SMS, notification.LoginCode, d).Text.Reveal()
	if n, _ := gsm7.Septets(got); n > gsm7.Segment || n < gsm7.Segment-1 {
		t.Errorf("%q: %d septets, want as much of the brand as one segment holds", got, n)
	}
	if !strings.HasSuffix(got, "[[: 481516 is your sign-in code. It expires in 5 minutes. Never share it.") {
		t.Errorf("got %q", got)
	}
}

func TestABrandGivesWayToTheLastLineAsWell(t *testing.T) {
	d := data()
	d.Brand, d.Host = strings.Repeat("a", maxBrand), strings.Repeat("h", 40)+".example"
	got := render(t, notification.SMS, notification.LoginCode, d).Text.Reveal()
	if n, _ := gsm7.Septets(got); n != gsm7.Segment || !strings.HasSuffix(got, ".\n@"+d.Host+" #"+number) {
		t.Errorf("%q: %d septets", got, n)
	}
}

// The longest code beside the longest host that a policy takes, in every language that is built in.
func TestTheLastLineOfACodeIsAlwaysThere(t *testing.T) {
	host := strings.Repeat("h", 40) + ".example"
	if _, err := policy.Parse("f", []byte("platforms: {acme: {sms: {host: "+host+"}}}")); err != nil {
		t.Fatal(err)
	}
	if _, err := policy.Parse("f", []byte("platforms: {acme: {sms: {host: h"+host+"}}}")); err == nil {
		t.Error("there are longer hosts")
	}
	if err := book.CheckHost("acme", host); err != nil {
		t.Error(err)
	}
	each(t, func(t *testing.T, channel notification.Channel, k kind, d Data) {
		d.Brand, d.Host = strings.Repeat("€", maxBrand), host
		last := "\n@" + host + " #" + d.Code.Reveal()
		switch text := render(t, channel, k.name, d).Text.Reveal(); {
		case channel == notification.SMS && slices.Contains(typedAtHome, k.name):
			if !strings.HasSuffix(text, last) {
				t.Errorf("%q does not end with %q", text, last)
			}
		case k.name != notification.RecoveryText && strings.Contains(text, host):
			t.Errorf("%q names the host", text)
		}
	})
}

func TestATextFitsItsSegmentsWhateverTheBrand(t *testing.T) {
	each(t, func(t *testing.T, channel notification.Channel, k kind, d Data) {
		if channel == notification.Email {
			return
		}
		rapid.Check(t, func(t *rapid.T) {
			d.Brand = rapid.StringOfN(rapid.RuneFrom([]rune("aÄ€[]{}~^ł株 é\u0301İß")), 1, maxBrand, -1).Draw(t, "brand")
			d.Minutes = rapid.IntRange(1, 10).Draw(t, "minutes")
			d.Host = rapid.SampledFrom([]string{"", "acme.example", strings.Repeat("a", 200), "münchen.example", "株.example"}).Draw(t, "host")
			c, err := book.Render("acme", channel, k.name, d)
			if err != nil {
				t.Fatal(err)
			}
			text := c.Text.Reveal()
			if _, ok := gsm7.Septets(text); !ok || gsm7.Segments(text) > d.segments() {
				t.Fatalf("%q: %d segments, in the alphabet: %v", text, gsm7.Segments(text), ok)
			}
			for _, must := range []string{d.Code.Reveal(), d.Cancel.Reveal()} {
				if !strings.Contains(text, must) {
					t.Fatalf("%q lacks %q", text, must)
				}
			}
			if k.has(codeName) && !strings.Contains(text, strconv.Itoa(d.Minutes)+" minut") && !strings.Contains(text, strconv.Itoa(d.Minutes)+" Minute") {
				t.Fatalf("%q lacks the code's life", text)
			}
		})
	})
}
