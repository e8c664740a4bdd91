package browser

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"countersign/pkg/events"
	"countersign/services/recovery/internal/captcha"
	"countersign/services/recovery/internal/captcha/recaptcha"
	"countersign/services/recovery/internal/captcha/siteverify"
	"github.com/chromedp/chromedp"
)

// grecaptcha is what Google's script would bring, as far as it is documented.
const grecaptcha = `window.grecaptcha = {
	ready: (then) => setTimeout(then, 10),
	execute: async (key, {action}) => 'token of ' + key + ' for ' + action,
};`

// A stubbed provider has Google's script served by ourselves.
type stubbed struct{ captcha.Provider }

const stub = "/captcha/stub.js"

func (s stubbed) Page(ctx context.Context, b captcha.Binding) (captcha.Page, error) {
	page, err := s.Provider.Page(ctx, b)
	for i := range page.Scripts {
		if strings.HasPrefix(page.Scripts[i].URL, "https://www.google.com/recaptcha/") {
			page.Scripts[i].URL = stub
		}
	}
	return page, err
}

func (s stubbed) Routes() map[string]http.Handler {
	routes := map[string]http.Handler{stub: captcha.File("text/javascript", []byte(grecaptcha))}
	for path, handler := range s.Provider.Routes() {
		routes[path] = handler
	}
	return routes
}

func TestAScoreIsAskedForWhenTheFormIsSent(t *testing.T) {
	p, err := recaptcha.NewV3(recaptcha.ConfigV3{MinScore: 0.5, Config: siteverify.Config{
		SiteKey: "site-key", Secret: events.NewSecret("secret"), Hostname: "pages.example",
	}})
	if err != nil {
		t.Fatal(err)
	}
	s, ctx := serve(t, stubbed{p}, "en"), tab(t)
	steps := []chromedp.Action[chromedp.Void]{
		chromedp.Navigate(s.URL + base + "/page"), chromedp.WaitReady(chromedp.CSS("[data-recaptcha-v3]")), chromedp.Click(chromedp.CSS("button")),
	}
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
	if form := s.brought(ctx, t); len(form["g-recaptcha-response"]) != 1 || form.Get("g-recaptcha-response") != "token of site-key for recovery" {
		t.Errorf("the form brought %v", form)
	}
}
