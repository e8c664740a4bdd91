package turnstile_test

import (
	"net/url"
	"regexp"
	"testing"

	"countersign/services/recovery/internal/captcha"
	"countersign/services/recovery/internal/captcha/captchatest"
	"countersign/services/recovery/internal/captcha/standin"
	"countersign/services/recovery/internal/captcha/turnstile"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const field = "cf-turnstile-response"

var remote = captchatest.Remote{
	Dialect: standin.Turnstile, Field: field, New: turnstile.New,
	Solution: func(b captcha.Binding) standin.Solution {
		return standin.Solution{Hostname: captchatest.Hostname, Action: turnstile.Action, CData: b.Digest()}
	},
	Strange: map[string]func(*standin.Solution){
		"of another action": func(s *standin.Solution) { s.Action = "login" },
		"of no action":      func(s *standin.Solution) { s.Action = "" },
		"of no claim":       func(s *standin.Solution) { s.CData = "" },
	},
}

func TestItIsAProvider(t *testing.T) { remote.Run(t) }

var uuid = regexp.MustCompile(`\A[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\z`)

func TestAVerdictThatGotLostIsGivenAgainToTheSameClaimAlone(t *testing.T) {
	server, config := remote.Serve(t)
	p, err := turnstile.New(config)
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{field: {server.Issue(remote.Solution(captchatest.First))}}
	first, err := p.Verify(t.Context(), captchatest.First, form, "")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := p.Verify(t.Context(), captchatest.First, form, ""); err != nil || again != first {
		t.Errorf("proof %v, then %v: %v", first, again, err)
	}
	_, _ = p.Verify(t.Context(), captchatest.Second, form, "")
	asked := server.Asked()
	keys := []string{asked[0].Get("idempotency_key"), asked[1].Get("idempotency_key"), asked[2].Get("idempotency_key")}
	if !uuid.MatchString(keys[0]) || keys[0] != keys[1] || keys[0] == keys[2] {
		t.Errorf("idempotency keys %v", keys)
	}
}

func TestTheWidgetIsTheDocumentedOne(t *testing.T) {
	_, config := remote.Serve(t)
	p, err := turnstile.New(config)
	if err != nil {
		t.Fatal(err)
	}
	page, err := p.Page(t.Context(), captchatest.First)
	want := `<div class="cf-turnstile" data-sitekey="` + captchatest.SiteKey + `" data-action="recovery" data-cdata="` +
		captchatest.First.Digest() + `" data-size="flexible" data-language="de"></div>`
	if got := string(page.Widget.HTML("de")); err != nil || got != want {
		t.Errorf("got %s, %v", got, err)
	}
}
