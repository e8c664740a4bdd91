package hcaptcha_test

import (
	"testing"

	"countersign/services/recovery/internal/captcha"
	"countersign/services/recovery/internal/captcha/captchatest"
	"countersign/services/recovery/internal/captcha/hcaptcha"
	"countersign/services/recovery/internal/captcha/siteverify"
	"countersign/services/recovery/internal/captcha/standin"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var remote = captchatest.Remote{
	Dialect: standin.HCaptcha, Field: "h-captcha-response", New: hcaptcha.New, Unbound: true,
	Solution: func(captcha.Binding) standin.Solution { return standin.Solution{Hostname: captchatest.Hostname} },
}

func TestItIsAProvider(t *testing.T) { remote.Run(t) }

func TestTheWidgetIsTheDocumentedOne(t *testing.T) {
	_, config := remote.Serve(t)
	p, err := hcaptcha.New(config)
	if err != nil {
		t.Fatal(err)
	}
	page, err := p.Page(t.Context(), captchatest.First)
	if got := string(page.Widget.HTML("de")); err != nil || got != `<div class="h-captcha" data-sitekey="`+captchatest.SiteKey+`"></div>` {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestAnAnswerToAnotherSiteKeyIsADoubt(t *testing.T) {
	server, config := remote.Serve(t)
	config.SiteKey = "another"
	p, err := hcaptcha.New(config)
	if err != nil {
		t.Fatal(err)
	}
	form := map[string][]string{remote.Field: {server.Issue(remote.Solution(captchatest.First))}}
	if proof, err := p.Verify(t.Context(), captchatest.First, form, ""); err == nil {
		t.Errorf("proof %v", proof)
	}
}

func TestFaultsOfTheConfigAreToldAtOnce(t *testing.T) {
	if _, err := hcaptcha.New(siteverify.Config{}); err == nil {
		t.Error("an empty config is taken")
	}
}
