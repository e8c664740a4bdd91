package template

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/pkg/events/notification"
)

// folder has these files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const ownGerman = `templates:
  login_code:
    subject: "Dein Code für {brand}"
    short: "{brand}: {code}. Gilt {life} lang."
`

func TestAPlatformHasSentencesOfItsOwn(t *testing.T) {
	b, err := Open(folder(t, map[string]string{"acme/de.yaml": ownGerman, "globex/de.yaml": ""}))
	if err != nil {
		t.Fatal(err)
	}
	d := data()
	d.Locale = "de"
	for platform, want := range map[string]string{"acme": "Acme Garden: 481516. Gilt 5 Minuten lang.", "globex": "ist Ihr Anmeldecode", "": "ist Ihr Anmeldecode"} {
		c, err := b.Render(platform, notification.SMS, notification.LoginCode, d)
		if err != nil || !strings.Contains(c.Text.Reveal(), want) {
			t.Errorf("%q: %q, %v", platform, c.Text.Reveal(), err)
		}
	}
	mail, err := b.Render("acme", notification.Email, notification.LoginCode, d)
	if err != nil || mail.Subject != "Dein Code für Acme Garden" || !strings.Contains(mail.Text.Reveal(), "Ihr Anmeldecode") {
		t.Errorf("subject %q, text %q, %v", mail.Subject, mail.Text.Reveal(), err)
	}
	d.Locale = "en"
	if c, err := b.Render("acme", notification.SMS, notification.LoginCode, d); err != nil || !strings.Contains(c.Text.Reveal(), "is your sign-in code") {
		t.Errorf("the other languages: %q, %v", c.Text.Reveal(), err)
	}
}

func TestALanguageThatIsNotBuiltInIsWhole(t *testing.T) {
	english, err := written.ReadFile("words/en.yaml")
	if err != nil {
		t.Fatal(err)
	}
	french := strings.Replace(string(english), "Your {brand} sign-in code", "Votre code pour {brand}", 1)
	b, err := Open(folder(t, map[string]string{"acme/fr.yaml": french}))
	if err != nil {
		t.Fatal(err)
	}
	d := data()
	d.Locale = "fr-CA"
	if c, err := b.Render("acme", notification.Email, notification.LoginCode, d); err != nil || c.Subject != "Votre code pour Acme Garden" {
		t.Errorf("subject %q, %v", c.Subject, err)
	}
	_, err = Open(folder(t, map[string]string{"acme/fr.yaml": ownGerman}))
	for _, want := range []string{"acme/fr.yaml", "templates.factor_reset.heading: is missing", "units.minutes: has no form"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}

func TestEveryFaultOfEveryFileIsTold(t *testing.T) {
	_, err := Open(folder(t, map[string]string{
		"acme/de.yaml":    "templates: {login_code: {short: \"{brand}: {cod}\"}}",
		"acme/cs.yaml":    "templates: {login_code: {titel: x}}",
		"globex/en.yaml":  "templates: {login_code: {short: \"" + strings.Repeat("x", 150) + " {code} {life}\"}}",
		"globex/!.yaml":   "",
		"readme.md":       "not a platform",
		"..data/en.yaml":  "not: read",
		"empty/notes.txt": "",
	}))
	for _, want := range []string{
		"acme/de.yaml: templates.login_code.short: {cod} is not known here", "acme/cs.yaml", "titel",
		"globex/en.yaml: templates.login_code.short: takes 2 segments", "globex/!.yaml: is named after no language",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
	if err != nil && strings.Contains(err.Error(), "..data") {
		t.Error(err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a folder that is not there is taken")
	}
}

func TestOwnWordsThatLeaveNoRoomForTheHostAreNamed(t *testing.T) {
	long := "templates: {login_code: {short: \"{brand}: {code} " + strings.Repeat("x", 100) + " {life}\"}}"
	b, err := Open(folder(t, map[string]string{"acme/de.yaml": long, "globex/de.yaml": ""}))
	if err != nil {
		t.Fatal(err)
	}
	const host = "app.accounts.acme.example"
	want := "de: templates.login_code.short: leaves no room for its last line, @" + host
	for _, err := range []error{b.CheckHost("acme", host), sampled(b, "acme", host)} {
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "enrollment_code") {
			t.Errorf("got %v", err)
		}
	}
	for platform, host := range map[string]string{"acme": "", "globex": host} {
		if err := sampled(b, platform, host); err != nil {
			t.Errorf("%s: %v", platform, err)
		}
	}
	d := data()
	d.Locale, d.Host = "de", host
	if c, err := b.Render("acme", notification.SMS, notification.LoginCode, d); err != nil || strings.Contains(c.Text.Reveal(), host) || !strings.HasPrefix(c.Text.Reveal(), "Acme Garden: ") {
		t.Errorf("it is sent without the line: %q, %v", c.Text.Reveal(), err)
	}
}

func sampled(b *Book, platform, host string) error {
	_, err := b.Samples(platform, Look{Brand: platform, Host: host})
	return err
}

func TestSamplesAreOfEverything(t *testing.T) {
	all, err := BuiltIn().Samples("acme", Look{Brand: "Acme Garden"})
	if err != nil {
		t.Fatal(err)
	}
	if want := 3 * (2*len(kinds) - 2); len(all) != want { // two go by one channel alone
		t.Errorf("%d samples, want %d", len(all), want)
	}
	for _, s := range all {
		if s.Text == "" || (s.Channel == notification.Email) == (s.HTML == "") || (s.Channel == notification.SMS) == (s.Segments == 0) {
			t.Errorf("sample %+v", s)
		}
	}
	one, err := BuiltIn().Samples("acme", Look{Brand: "Acme Garden", Locale: "de-AT"})
	if err != nil || len(one)*3 != len(all) || one[0].Locale != "de" {
		t.Errorf("%d samples in German, %v", len(one), err)
	}
}
