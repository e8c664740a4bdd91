package web_test

import (
	"bytes"
	"cmp"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/policy"
	"countersign/services/recovery/internal/captcha/fake"
	"countersign/services/recovery/internal/web"
	"countersign/services/recovery/internal/web/webtest"
)

const (
	base   = "/recovery"
	atCase = base + "/case"
)

var (
	linkPath   = base + webtest.Link().Path().Reveal()
	cancelPath = base + webtest.CancelLink().Path().Reveal()
	start      = time.Date(2026, 11, 21, 22, 40, 0, 0, time.UTC)
	allSteps   = []recovery.Step{recovery.Link, recovery.Text, recovery.RecoveryCode, recovery.Captcha, recovery.Approval, recovery.WaitingPeriod}
)

// A house is the pages over one case, and a clock.
type house struct {
	*testing.T
	*webtest.Cases
	pages   http.Handler
	captcha *fake.Provider
	now     time.Time
	log     bytes.Buffer
}

func open(t *testing.T, change func(*web.Config), steps ...recovery.Step) *house {
	t.Helper()
	h := &house{T: t, now: start, captcha: fake.New()}
	clock := func() time.Time { return h.now }
	if steps == nil {
		steps = allSteps
	}
	h.Cases = webtest.New(clock, h.captcha, steps...)
	c := web.Config{
		Cases: h.Cases, Policies: acme, Captcha: h.captcha, Base: base, Secure: true, Now: clock,
		Log: slog.New(slog.NewTextHandler(&h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&c)
	}
	var err error
	if h.pages, err = web.Handler(c); err != nil {
		t.Fatal(err)
	}
	return h
}

func acme(platform string) (policy.Policy, bool) {
	p := policy.Default(platform)
	p.Brand, p.BrandColor, p.ReturnURL = "Acme Bank", "#1f5fbf", "https://acme.example/account"
	p.BrandLogo = "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4="
	return p, platform == webtest.Platform
}

// A browser keeps cookies and sends what browsers send.
type browser struct {
	*house
	cookies map[string]string
	headers http.Header
}

func (h *house) browser() *browser {
	return &browser{h, map[string]string{}, http.Header{"Accept-Language": {"en"}}}
}

type answer struct {
	*http.Response
	text string
}

func (b *browser) send(method, path string, form url.Values) answer {
	b.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, "https://id.acme.example"+path, body)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Origin", "null")
	}
	for name, values := range b.headers {
		if r.Header.Del(name); values != nil {
			r.Header[name] = values
		}
	}
	r.Host = cmp.Or(b.headers.Get("Host"), r.Host)
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.pages.ServeHTTP(w, r)
	response := w.Result()
	for _, c := range response.Cookies() {
		b.cookies[c.Name] = c.Value
	}
	return answer{response, w.Body.String()}
}

func (b *browser) get(path string) answer { b.Helper(); return b.send(http.MethodGet, path, nil) }

var formToken = regexp.MustCompile(`name="form" value="([^"]+)"`)

// tokenOf is the form's token on a page.
func (b *browser) tokenOf(path string) string {
	b.Helper()
	found := formToken.FindStringSubmatch(b.get(path).text)
	if found == nil {
		b.Fatalf("%s has no form", path)
	}
	return found[1]
}

// submit fills in the form of the page at from, sends it and gives the page that follows.
func (b *browser) submit(from, to string, fields ...string) answer {
	b.Helper()
	form := url.Values{"form": {b.tokenOf(from)}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	sent := b.send(http.MethodPost, to, form)
	if sent.StatusCode != http.StatusSeeOther {
		return sent
	}
	return b.get(sent.Header.Get("Location"))
}

// solve sends the captcha's form.
func (b *browser) solve() answer {
	b.Helper()
	solved := b.captcha.Answer(b.Binding())
	solved.Set("form", b.tokenOf(atCase))
	return b.send(http.MethodPost, atCase+"/captcha", solved)
}

// claimed is the browser after the link's button.
func (b *browser) claimed() *browser {
	b.Helper()
	b.submit(linkPath, linkPath).says(b.T, "Acme Bank")
	return b
}

// says ends the test unless the page holds all of the words.
func (a answer) says(t *testing.T, words ...string) answer {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(html.UnescapeString(a.text), w) {
			t.Fatalf("the page does not say %q:\n%s", w, a.text)
		}
	}
	return a
}

func (a answer) saysNot(t *testing.T, words ...string) answer {
	t.Helper()
	for _, w := range words {
		if strings.Contains(html.UnescapeString(a.text), w) {
			t.Errorf("the page says %q:\n%s", w, a.text)
		}
	}
	return a
}
