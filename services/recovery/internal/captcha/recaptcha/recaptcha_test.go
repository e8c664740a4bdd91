package recaptcha_test

import (
	"errors"
	"math"
	"testing"

	"countersign/services/recovery/internal/captcha"
	"countersign/services/recovery/internal/captcha/captchatest"
	"countersign/services/recovery/internal/captcha/recaptcha"
	"countersign/services/recovery/internal/captcha/siteverify"
	"countersign/services/recovery/internal/captcha/standin"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const field = "g-recaptcha-response"

var v2 = captchatest.Remote{
	Dialect: standin.ReCAPTCHA, Field: field, New: recaptcha.NewV2, Unbound: true,
	Solution: func(captcha.Binding) standin.Solution { return standin.Solution{Hostname: captchatest.Hostname} },
}

var v3 = captchatest.Remote{
	Dialect: standin.ReCAPTCHA, Field: field, New: newV3, Unbound: true,
	Solution: func(captcha.Binding) standin.Solution {
		return standin.Solution{Hostname: captchatest.Hostname, Action: recaptcha.Action, Score: 0.5}
	},
	Strange: map[string]func(*standin.Solution){
		"of another action":     func(s *standin.Solution) { s.Action = "login" },
		"of no action":          func(s *standin.Solution) { s.Action = "" },
		"a score below":         func(s *standin.Solution) { s.Score = 0.4 },
		"a score far below":     func(s *standin.Solution) { s.Score = 0.01 },
		"a score that is wrong": func(s *standin.Solution) { s.Score = math.SmallestNonzeroFloat64 },
	},
}

func newV3(c siteverify.Config) (*siteverify.Provider, error) {
	return recaptcha.NewV3(recaptcha.ConfigV3{Config: c, MinScore: 0.5})
}

func TestV2IsAProvider(t *testing.T) { v2.Run(t) }
func TestV3IsAProvider(t *testing.T) { v3.Run(t) }

func TestKeysOfV2AndV3AreNotTakenForEachOther(t *testing.T) {
	for _, c := range []struct{ asks, solved captchatest.Remote }{{v2, v3}, {v3, v2}} {
		server, config := c.asks.Serve(t)
		p, err := c.asks.New(config)
		if err != nil {
			t.Fatal(err)
		}
		form := map[string][]string{field: {server.Issue(c.solved.Solution(captchatest.First))}}
		if proof, err := p.Verify(t.Context(), captchatest.First, form, ""); err == nil || errors.Is(err, captcha.ErrRefused) {
			t.Errorf("%s: proof %v, error %v", p.Name(), proof, err)
		}
	}
}

func TestAScoreHasBounds(t *testing.T) {
	_, config := v3.Serve(t)
	for score, fine := range map[float64]bool{0.1: true, 0.5: true, 1: true, 0: false, 0.09: false, 1.1: false, -1: false, math.NaN(): false, math.Inf(1): false} {
		if _, err := recaptcha.NewV3(recaptcha.ConfigV3{Config: config, MinScore: score}); (err == nil) != fine {
			t.Errorf("%v: %v", score, err)
		}
	}
}

func TestTheWidgetsAreTheDocumentedOnes(t *testing.T) {
	for want, remote := range map[string]captchatest.Remote{
		`<div class="g-recaptcha" data-sitekey="` + captchatest.SiteKey + `"></div>`:                         v2,
		`<div data-recaptcha-v3="` + captchatest.SiteKey + `" data-action="` + recaptcha.Action + `"></div>`: v3,
	} {
		_, config := remote.Serve(t)
		p, err := remote.New(config)
		if err != nil {
			t.Fatal(err)
		}
		page, err := p.Page(t.Context(), captchatest.First)
		if got := string(page.Widget.HTML("de")); err != nil || got != want {
			t.Errorf("got %s, %v", got, err)
		}
	}
}
