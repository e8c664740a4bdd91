package choose_test

import (
	"slices"
	"strings"
	"testing"

	"countersign/pkg/worker/runtime"
	"countersign/services/recovery/internal/captcha"
	"countersign/services/recovery/internal/captcha/captchatest"
	"countersign/services/recovery/internal/captcha/choose"
)

func shared(string, int64) []byte { return []byte("secret") }

const remote = "COUNTERSIGN_CAPTCHA_SITE_KEY=key\nCOUNTERSIGN_CAPTCHA_SECRET=hidden\nCOUNTERSIGN_CAPTCHA_HOSTNAME=pages.example\n"

func load(t *testing.T, settings string) captcha.Settings {
	t.Helper()
	s, err := runtime.Load[captcha.Settings](strings.Fields(settings))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEachProviderCanBeChosen(t *testing.T) {
	for name, settings := range map[string]string{
		"altcha": "COUNTERSIGN_CAPTCHA=altcha", "turnstile": remote, "hcaptcha": remote, "recaptcha_v2": remote, "recaptcha_v3": remote,
	} {
		p, err := choose.New(load(t, "COUNTERSIGN_CAPTCHA="+name+"\n"+settings), shared)
		if err != nil || p.Name() != name {
			t.Errorf("%s: %v, %v", name, p, err)
			continue
		}
		if page, err := p.Page(t.Context(), captchatest.First); err != nil || page.Widget.Tag == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if want := []string{"altcha", "turnstile", "hcaptcha", "recaptcha_v2", "recaptcha_v3"}; !slices.Equal(choose.Names(), want) {
		t.Errorf("names %v", choose.Names())
	}
}

func TestWithoutSettingsNobodyIsAsked(t *testing.T) {
	if p, err := choose.New(load(t, ""), shared); err != nil || p.Name() != "altcha" {
		t.Errorf("%v, %v", p, err)
	}
}

func TestEachFaultNamesItsSettingAndShowsNoValue(t *testing.T) {
	for settings, want := range map[string][]string{
		"COUNTERSIGN_CAPTCHA=turnstyle":     {"COUNTERSIGN_CAPTCHA: want one of altcha, turnstile"},
		remote:                              {"COUNTERSIGN_CAPTCHA_SITE_KEY: altcha has none", "COUNTERSIGN_CAPTCHA_SECRET: altcha", "COUNTERSIGN_CAPTCHA_HOSTNAME: altcha"},
		"COUNTERSIGN_CAPTCHA=hcaptcha":      {"COUNTERSIGN_CAPTCHA_SITE_KEY: want", "COUNTERSIGN_CAPTCHA_SECRET: want", "COUNTERSIGN_CAPTCHA_HOSTNAME: want"},
		"COUNTERSIGN_CAPTCHA=recaptcha_v3 ": {"COUNTERSIGN_CAPTCHA_SITE_KEY: want", "COUNTERSIGN_CAPTCHA_SECRET: want", "COUNTERSIGN_CAPTCHA_HOSTNAME: want"},
		"COUNTERSIGN_CAPTCHA=recaptcha_v3 COUNTERSIGN_CAPTCHA_MIN_SCORE=7 " + remote: {"COUNTERSIGN_CAPTCHA_MIN_SCORE: want 0.1 to 1"},
		"COUNTERSIGN_CAPTCHA=turnstile COUNTERSIGN_CAPTCHA_HOSTNAME=a:b " + strings.ReplaceAll(remote, "HOSTNAME", "OTHER"): {
			"COUNTERSIGN_CAPTCHA_HOSTNAME: want the name",
		},
	} {
		s := load(t, settings)
		p, err := choose.New(s, shared)
		if p != nil || err == nil || strings.Count(err.Error(), "\n")+1 != len(want) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v, %v", settings, p, err)
			continue
		}
		for _, line := range want {
			if !strings.Contains(err.Error(), line) {
				t.Errorf("%s: no %q in %v", settings, line, err)
			}
		}
		if checked := choose.Check(s); checked == nil || checked.Error() != err.Error() {
			t.Errorf("%s: checked: %v", settings, checked)
		}
	}
}
