package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events/recovery"
	"countersign/services/recovery/internal/web"
	"countersign/services/recovery/internal/web/webtest"
)

func TestWhoseFormsAreTaken(t *testing.T) {
	t.Parallel()
	for _, s := range []struct {
		name    string
		headers map[string][]string
		taken   bool
	}{
		{"of the page itself", map[string][]string{"Sec-Fetch-Site": {"same-origin"}, "Origin": {"null"}}, true},
		{"of the page in a browser that does not say where forms come from", map[string][]string{"Sec-Fetch-Site": nil, "Origin": {"null"}}, true},
		{"of the page in a browser that says nothing", map[string][]string{"Sec-Fetch-Site": nil, "Origin": nil}, true},
		{"of another site", map[string][]string{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}}, false},
		{"of another site that hides itself", map[string][]string{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"null"}}, false},
		{"of a neighbor below the same domain", map[string][]string{"Sec-Fetch-Site": {"same-site"}}, false},
		{"of another site in an old browser", map[string][]string{"Sec-Fetch-Site": nil, "Origin": {"https://evil.example"}}, false},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			h := open(t, nil)
			b := h.browser().claimed()
			for name, value := range s.headers {
				b.headers[name] = value
			}
			for path, token := range map[string]string{linkPath: b.tokenOf(linkPath), cancelPath: b.tokenOf(cancelPath), atCase + "/text": b.tokenOf(atCase)} {
				before := h.Writes()
				a := b.send(http.MethodPost, path, form("form", token))
				if taken := h.Writes() > before; taken != s.taken || taken == (a.StatusCode == http.StatusForbidden) {
					t.Errorf("%s: taken %t, %d", path, taken, a.StatusCode)
				}
				if !s.taken {
					a.says(t, "That could not be accepted", `href=""`)
				}
			}
		})
	}
}

func TestAFormWithoutItsTokenChangesNothing(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	b := h.browser().claimed()
	b.submit(atCase, atCase+"/text")
	good, before := b.tokenOf(atCase), h.Writes()
	for _, token := range []string{"", "x", good[1:], b.tokenOf(linkPath), b.tokenOf(cancelPath)} {
		for _, path := range writable[2:] {
			a := b.send(http.MethodPost, path, form("form", token, "code", webtest.Code))
			b.get(a.Header.Get("Location")).says(t, "That page was out of date", "5 attempts left")
		}
	}
	for _, path := range writable[:2] {
		for _, token := range []string{"", "x", good} {
			if a := b.send(http.MethodPost, path, form("form", token)); a.StatusCode != http.StatusForbidden {
				t.Errorf("%s: %d", path, a.StatusCode)
			}
		}
	}
	if h.Writes() != before {
		t.Error("the case was written to")
	}
}

func TestATokenInTheAddressIsNoTokenInTheForm(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	b := h.browser()
	if a := b.send(http.MethodPost, linkPath+"?form="+url.QueryEscape(b.tokenOf(linkPath)), form()); a.StatusCode != http.StatusForbidden || h.Writes() > 0 {
		t.Errorf("%d", a.StatusCode)
	}
}

func TestFormsAreBounded(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	b := h.browser().claimed()
	before := h.Writes()
	for _, path := range writable {
		a := b.send(http.MethodPost, path, form("form", "x", "code", strings.Repeat("1", 100<<10)))
		if a.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
		a.says(t, "is too large")
	}
	b.headers.Set("Content-Type", "application/x-www-form-urlencoded; =")
	if a := b.send(http.MethodPost, linkPath, form("form", "x")); a.StatusCode != http.StatusBadRequest {
		t.Errorf("a form that cannot be read: %d", a.StatusCode)
	}
	if h.Writes() != before {
		t.Error("the case was written to")
	}
}

func TestTheCookie(t *testing.T) {
	t.Parallel()
	for _, s := range []struct {
		name   string
		base   string
		secure bool
		want   []string
	}{
		{"below a path", "/recovery", true, []string{"__Secure-countersign-recovery=", "Path=/recovery;", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age=1800"}},
		{"a slash at the end", "/recovery/", true, []string{"__Secure-countersign-recovery=", "Path=/recovery;"}},
		{"a host of its own", "", true, []string{"__Host-countersign-recovery=", "Path=/;", "Secure", "HttpOnly", "SameSite=Strict"}},
		{"without HTTPS", "/recovery", false, []string{"Path=/recovery;", "HttpOnly", "SameSite=Strict", "Max-Age=1800"}},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			h := open(t, func(c *web.Config) { c.Base, c.Secure = s.base, s.secure })
			b := h.browser()
			at := strings.TrimSuffix(s.base, "/") + webtest.Link().Path().Reveal()
			set := b.send(http.MethodPost, at, form("form", b.tokenOf(at))).Header.Get("Set-Cookie")
			for _, want := range s.want {
				if !strings.Contains(set, want) {
					t.Errorf("%s has no %s", set, want)
				}
			}
			if secure := strings.Contains(set, "Secure;") || strings.HasPrefix(set, "__"); secure != s.secure {
				t.Errorf("%s", set)
			}
		})
	}
}

// A case that somebody has to approve lives longer than the browser was told at first.
func TestTheCookieLivesAsLongAsTheCase(t *testing.T) {
	t.Parallel()
	h := open(t, nil, recovery.Link, recovery.Captcha, recovery.Approval)
	b := h.browser().claimed()
	h.now = h.now.Add(10 * time.Minute)
	token := b.tokenOf(atCase)
	a := b.solve()
	if set := a.Header.Get("Set-Cookie"); !strings.Contains(set, "Max-Age=604800;") {
		t.Errorf("%q", set)
	}
	for _, path := range readable {
		if set := b.get(path).Header.Get("Set-Cookie"); set != "" {
			t.Errorf("%s sets %s", path, set)
		}
	}
	h.End()
	if set := b.send(http.MethodPost, atCase+"/text", form("form", token)).Header.Get("Set-Cookie"); set != "" {
		t.Errorf("a case that is over sets %s", set)
	}
}
