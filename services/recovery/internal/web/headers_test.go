package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"countersign/pkg/events/recovery"
	"countersign/services/recovery/internal/captcha"
	"countersign/services/recovery/internal/captcha/fake"
	"countersign/services/recovery/internal/web"
	"countersign/services/recovery/internal/web/webtest"
)

const plainPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func TestEveryAnswerIsGuarded(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	b := h.browser().claimed()
	token := b.tokenOf(atCase)
	answers := map[string]answer{"DELETE": b.send(http.MethodDelete, atCase, nil), "PUT": b.send(http.MethodPut, linkPath, form())}
	for _, path := range readable {
		answers["GET "+path] = b.get(path)
	}
	for _, path := range writable {
		answers["POST "+path] = b.send(http.MethodPost, path, form("form", token))
	}
	h.Fail(webtest.ErrDown)
	answers["503"] = b.get(linkPath)
	b.headers.Set("Sec-Fetch-Site", "cross-site")
	answers["403"] = b.send(http.MethodPost, linkPath, form())
	for name, a := range answers {
		for header, want := range map[string]string{
			"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Content-Security-Policy": plainPolicy,
			"X-Robots-Tag": "noindex, nofollow",
		} {
			if strings.Contains(name, "/logo/") && (header == "Content-Security-Policy" || header == "Cross-Origin-Opener-Policy") {
				continue
			}
			if strings.HasSuffix(name, "/fake.js") && header == "Cache-Control" {
				want = "no-cache" // a large file, the same for everybody
			}
			if got := a.Header.Get(header); got != want {
				t.Errorf("%s: %s is %q", name, header, got)
			}
		}
		if !strings.Contains(a.Header.Get("Permissions-Policy"), "camera=()") {
			t.Errorf("%s has no Permissions-Policy", name)
		}
	}
}

// Scripts may run where the CAPTCHA is, and nowhere else.
func TestScriptsRunOnOnePageAlone(t *testing.T) {
	t.Parallel()
	h := open(t, nil, recovery.Link, recovery.Captcha, recovery.Text)
	b := h.browser().claimed()
	want := "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	page := b.get(atCase)
	if got := page.Header.Get("Content-Security-Policy"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	page.says(t, `<script src="/recovery/captcha/fake.js" defer>`, `data-language="en"`, "<noscript>")
	h.Pass()
	h.Set(func(v *web.View) { v.Captcha, _ = h.captcha.Page(t.Context(), h.Binding()) }) // a case that says more than it should
	next := b.get(atCase)
	if got := next.Header.Get("Content-Security-Policy"); got != plainPolicy {
		t.Errorf("the next page: %s", got)
	}
	next.saysNot(t, "<script", "fake-captcha")
}

// A widget of others gets what it needs: no more, and in the one place.
func TestTheContentPolicyFollowsFromTheProvider(t *testing.T) {
	t.Parallel()
	const other = "https://widget.example"
	h := open(t, nil, recovery.Link, recovery.Captcha)
	b := h.browser()
	h.Provide(elsewhere{h.captcha, captcha.Page{
		Scripts: []captcha.Script{{URL: other + "/api.js"}}, Widget: captcha.Element{Tag: "div"},
		Sources: captcha.Sources{Script: []string{other}, Frame: []string{other}, Connect: []string{other}, Style: []string{"'self'", other}, Image: []string{"data:"}},
	}})
	page := b.claimed().get(atCase).says(t, `<script src="https://widget.example/api.js" defer>`)
	want := "default-src 'none'; style-src 'self' " + other + "; img-src 'self' data:; script-src " + other + "; frame-src " + other + "; connect-src " + other +
		"; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	if got := page.Header.Get("Content-Security-Policy"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

type elsewhere struct {
	*fake.Provider
	page captcha.Page
}

func (e elsewhere) Page(context.Context, captcha.Binding) (captcha.Page, error) { return e.page, nil }

// No page holds what its own policy would not let work, and none needs a script.
func TestNoPageHasAScriptOrAStyleOfItsOwn(t *testing.T) {
	t.Parallel()
	for name, text := range everyPage(t, "en") {
		for _, never := range []string{"<script>", "style=", "<style", " on", "javascript:"} {
			for tag := range strings.SplitSeq(text, "<") {
				if tag, _, _ := strings.Cut("<"+tag, ">"); strings.Contains(tag, never) {
					t.Errorf("%s has %q", name, tag)
				}
			}
		}
	}
}

func TestTheLogHoldsNoSecret(t *testing.T) {
	t.Parallel()
	const code = "739182739182" // longer than a time's fraction
	h := open(t, nil)
	b := h.browser().claimed()
	token, linkToken := b.tokenOf(atCase), b.tokenOf(linkPath)
	h.Fail(webtest.ErrDown)
	for _, path := range readable {
		b.get(path)
	}
	for _, path := range writable {
		b.send(http.MethodPost, path, form("form", token, "code", code))
		b.send(http.MethodPost, path, form("form", linkToken, "code", code))
	}
	text := h.log.String()
	if !strings.Contains(text, "GET /recovery/{platform}/{userkey}/{token}") || !strings.Contains(text, "connection refused") {
		t.Errorf("the log does not tell what failed:\n%s", text)
	}
	secrets := []string{webtest.Link().Token.Reveal(), webtest.CancelLink().Token.Reveal(), webtest.UserKey, code, token, linkToken}
	for _, cookie := range b.cookies {
		secrets = append(secrets, cookie, cookie[len(cookie)-20:])
	}
	for _, secret := range secrets {
		if strings.Contains(text, secret) || strings.Contains(text, url.QueryEscape(secret)) {
			t.Errorf("the log holds %s", secret)
		}
	}
}

func TestAPageThatCannotBeMadeIsToldWithoutAReason(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	b := h.browser().claimed()
	h.Set(func(v *web.View) { v.Stage = "unheard-of" })
	if a := b.get(atCase); a.StatusCode != http.StatusInternalServerError || strings.Contains(a.text, "unheard") {
		t.Errorf("%d %s", a.StatusCode, a.text)
	}
}

func TestMakingPagesNeedsWhatTheyShow(t *testing.T) {
	t.Parallel()
	for _, c := range []web.Config{{}, {Policies: acme}} {
		if h, err := web.Handler(c); err == nil || h != nil {
			t.Error("pages without cases or policies")
		}
	}
}
