package template

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
)

func TestEveryLanguageHasEverySentence(t *testing.T) {
	for _, l := range languages() {
		if err := l.check(); err != nil {
			t.Errorf("%s:\n%v", l.tag, err)
		}
	}
}

func TestWhatACatalogueLacksIsNamed(t *testing.T) {
	whole, err := written.ReadFile("words/en.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, now, want string }{
		{"a sentence less", `    heading: "Your sign-in code"`, "", "templates.login_code.heading: is missing"},
		{"a name that nobody fills in", "Your {brand} sign-in code", "Your {bran} sign-in code", "templates.login_code.subject: {bran} is not known here"},
		{"a code in a subject", "Your {brand} sign-in code", "{code} is your code", "templates.login_code.subject: {code} is not known here"},
		{"a code that is not told", "{brand}: {code} is your sign-in code", "{brand}: your sign-in code", "templates.login_code.short: lacks {code}"},
		{"a text that is too long", "is your sign-in code.", "is your sign-in code." + strings.Repeat(" Never share it.", 6), "templates.login_code.short: takes 2 segments"},
		{"letters that double the price", "\nunits:", "\ntexts: unicode\nunits:", ""},
		{"an alphabet that is none", "\nunits:", "\ntexts: morse\nunits:", `texts: "morse"`},
		{"a plural without its number", `one: "{n} hour"`, `one: "an hour"`, "units.hours: has no form with {n} for 1"},
		{"a template that is none", "  login_code:", "  birthday:", "templates.birthday: is unknown"},
		{"a link where none is brought", `    heading: "Two-step sign-in was reset"`, "    heading: a\n    action: b", "templates.factor_reset.action: is never read"},
	} {
		changed := strings.Replace(string(whole), c.old, c.now, 1)
		l, err := read(catalogue{tag: language.English}, []byte(changed))
		if err != nil || changed == string(whole) {
			t.Fatalf("%s: %v", c.name, err)
		}
		if err := l.check(); c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := read(catalogue{tag: language.English}, []byte("templates: {login_code: {titel: x}}")); err == nil || !strings.Contains(err.Error(), "titel") {
		t.Errorf("a field that is unknown: %v", err)
	}
}

func TestPluralsAreRight(t *testing.T) {
	for _, c := range []struct {
		locale string
		n      int
		want   string
	}{
		{"en", 1, "1 minute."}, {"en", 2, "2 minutes."},
		{"de", 1, "gilt 1 Minute lang"}, {"de", 5, "gilt 5 Minuten lang"},
		{"cs", 1, "Plati 1 minutu."}, {"cs", 2, "Plati 2 minuty."}, {"cs", 4, "Plati 4 minuty."}, {"cs", 5, "Plati 5 minut."}, {"cs", 10, "Plati 10 minut."},
	} {
		d := data()
		d.Locale, d.Minutes = c.locale, c.n
		if got := render(t, notification.SMS, notification.LoginCode, d).Text.Reveal(); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q lacks %q", c.locale, got, c.want)
		}
	}
}

func TestWaitsAreToldInHoursOrDays(t *testing.T) {
	for _, c := range []struct {
		locale string
		wait   time.Duration
		want   string
	}{
		{"en", time.Minute, "in 1 hour."}, {"en", 24 * time.Hour, "in 24 hours."}, {"en", 49 * time.Hour, "in 3 days."},
		{"de", 7 * 24 * time.Hour, "In 7 Tagen wird"}, {"de", 47*time.Hour + 1, "In 48 Stunden wird"},
		{"cs", 2 * time.Hour, "za 2 hodiny."}, {"cs", 24 * time.Hour, "za 24 hodin."}, {"cs", 96 * time.Hour, "za 4 dny."}, {"cs", 7 * 24 * time.Hour, "za 7 dni."},
	} {
		d := Data{Brand: "Acme", Locale: c.locale, Wait: c.wait, Cancel: events.NewSecret(stop)}
		if got := render(t, notification.SMS, notification.RecoveryApproved, d).Text.Reveal(); !strings.Contains(got, c.want) {
			t.Errorf("%q lacks %q", got, c.want)
		}
	}
}

// A Czech text with its marks would take two segments.
func TestCzechTextsHaveNoMarks(t *testing.T) {
	d := data()
	d.Locale, d.Brand = "cs", "Škoda Příbor"
	const want = "Skoda Pribor: 481516 je vas prihlasovaci kod. Plati 5 minut. Nikomu ho nesdelujte."
	if got := render(t, notification.SMS, notification.LoginCode, d).Text.Reveal(); got != want {
		t.Errorf("got %q", got)
	}
	if got := render(t, notification.Email, notification.LoginCode, d); !strings.Contains(got.Text.Reveal(), "Platí") && !strings.Contains(got.Text.Reveal(), "platí 5 minut") {
		t.Errorf("a mail keeps its marks: %q", got.Text.Reveal())
	}
}

func TestAMailWithALinkReadsLikeThis(t *testing.T) {
	d := Data{Brand: "Acme Garden", Minutes: 5, Link: events.NewSecret(link), Cancel: events.NewSecret(stop)}
	const want = `Recover your access

Somebody who knows your password says that the device for two-step sign-in is lost. If that is you, go on here:

Go on with the recovery:
` + link + `

This link can be used within 5 minutes.
Never pass this link on. Nobody from Acme Garden will ask you for it.

If this was not you, somebody knows your password: change it, and stop the recovery.

Stop the recovery:
` + stop + `

-- 
Acme Garden
`
	c := render(t, notification.Email, notification.RecoveryLink, d)
	if c.Text.Reveal() != want {
		t.Errorf("text %q", c.Text.Reveal())
	}
	if html := c.HTML.Reveal(); !strings.Contains(html, `href="`+link+`"`) || !strings.Contains(html, `href="`+stop+`"`) {
		t.Errorf("the HTML links to neither: %s", html)
	}
}

func TestARecoveryThatHasEndedCannotBeStopped(t *testing.T) {
	d := Data{Brand: "Acme"}
	for channel, want := range map[notification.Channel]string{notification.SMS: "tell support at once", notification.Email: "change your password and tell the support"} {
		got := render(t, channel, notification.RecoveryOpened, d).Text.Reveal()
		if !strings.Contains(got, want) || strings.Contains(got, "top it") {
			t.Errorf("%s: %q", channel, got)
		}
	}
}
