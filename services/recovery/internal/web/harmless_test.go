package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/pkg/worker/links"
	"countersign/services/recovery/internal/web"
	"countersign/services/recovery/internal/web/webtest"
)

func form(pairs ...string) url.Values {
	f := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return f
}

var (
	readable = []string{
		linkPath, cancelPath, atCase, atCase + "/text", atCase + "/code", atCase + "/recovery-code", atCase + "/captcha",
		base + "/logo/acme", base + "/brand/acme", base + "/static/web.css", base + "/static/icon.svg", base + "/captcha/fake.js", base + "/", base + "/robots.txt", base,
	}
	writable = []string{linkPath, cancelPath, atCase + "/text", atCase + "/code", atCase + "/recovery-code", atCase + "/captcha"}
)

// Scanners open links, with GET and HEAD, ten times, with whatever stands in the address; browsers fetch pages before anybody wants them.
func TestReadingNeverWrites(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	b := h.browser().claimed()
	token := b.tokenOf(atCase)
	for step := range allSteps {
		before, page := h.Writes(), b.get(atCase).text
		for _, path := range readable {
			for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions} {
				for _, query := range []string{"", "?form=" + token + "&code=" + webtest.Code} {
					b.send(method, path+query, nil)
					prefetch := h.browser()
					prefetch.headers.Set("Sec-Purpose", "prefetch;prerender")
					prefetch.send(method, path+query, nil)
				}
			}
		}
		if h.Writes() != before || b.get(atCase).text != page {
			t.Fatalf("step %d was changed by reading", step)
		}
		if step < len(allSteps)-2 {
			h.Pass()
		}
	}
}

func TestHeadsHaveWhatPagesHave(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	b := h.browser().claimed()
	for _, path := range readable {
		if page, head := b.get(path), b.send(http.MethodHead, path, nil); page.StatusCode != head.StatusCode {
			t.Errorf("%s: %d and %d", path, page.StatusCode, head.StatusCode)
		}
	}
}

// What leads nowhere looks the same, whatever the reason is: bytes, status and headers.
func TestOneDeadEndIsLikeAnother(t *testing.T) {
	t.Parallel()
	other := strings.Repeat("z", 43)
	for _, tongue := range []string{"en", "cs", "de"} {
		for _, kind := range []string{"", "cancel/"} {
			live := webtest.Link()
			if kind != "" {
				live = webtest.CancelLink()
			}
			path := base + live.Path().Reveal()
			var want string
			for _, d := range []struct {
				name, path string
				happened   func(*house)
			}{
				{"an unknown token", base + "/acme/" + webtest.UserKey + "/" + kind + other, nil},
				{"an unknown user", base + "/acme/" + strings.Repeat("x", 26) + "/" + kind + live.Token.Reveal(), nil},
				{"half a token", path[:len(path)-5], nil},
				{"something else", base + "/acme/index.html/" + kind + "wp-login.php", nil},
				{"cancelled", path, func(h *house) { h.browser().submit(cancelPath, cancelPath) }},
				{"ended", path, func(h *house) { h.End() }},
				{"expired", path, func(h *house) { h.now = h.now.Add(6 * time.Minute); expireCancel(h, kind) }},
				{"used", path, func(h *house) {
					b := h.browser().claimed()
					b.submit(atCase, atCase+"/text")
					b.submit(atCase, atCase+"/code", "code", webtest.Code)
					expireCancel(h, kind)
				}},
			} {
				h := open(t, nil)
				if d.happened != nil {
					d.happened(h)
				}
				b := h.browser()
				b.headers.Set("Accept-Language", tongue)
				got := whole(b.get(d.path))
				if want == "" {
					want = got
				}
				if got != want || !strings.Contains(got, "https://acme.example/account") {
					t.Errorf("%s %s%s:\n%s\nwant\n%s", tongue, kind, d.name, got, want)
				}
			}
		}
	}
}

// expireCancel ends the case where the cancel link is looked at: it lives as long.
func expireCancel(h *house, kind string) {
	if kind != "" {
		h.End()
	}
}

func whole(a answer) string {
	var headers strings.Builder
	_ = a.Header.Write(&headers)
	return a.Status + "\n" + headers.String() + a.text
}

func TestADeadEndDoesNotTellWhatTheCasesSay(t *testing.T) {
	t.Parallel()
	b := open(t, func(c *web.Config) { c.Cases = chatty{c.Cases} }).browser()
	b.headers.Set("Accept-Language", "fr") // so that a case's own language would show
	b.get(linkPath).says(t, "leads nowhere").saysNot(t, webtest.Account, `lang="cs"`, "Step")
}

// chatty cases say more of a dead end than they should.
type chatty struct{ web.Cases }

func (c chatty) Look(ctx context.Context, l links.Link) (web.View, error) {
	v, err := c.Cases.Look(ctx, l)
	v.Stage, v.Locale = web.StageOver, "cs"
	return v, err
}

func TestDeadTicketsAreLikeOneAnother(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	b := h.browser().claimed()
	var name, good string
	for name, good = range b.cookies {
	}
	other := strings.Repeat("z", 43)
	parts := strings.Split(good, ".")
	var want string
	for _, value := range []string{
		parts[0] + "." + parts[1] + ".1." + other, parts[0] + "." + parts[1] + ".2." + parts[3],
		parts[0] + "." + strings.Repeat("a", 26) + "-" + strings.Repeat("b", 26) + ".1." + parts[3],
	} {
		thief := h.browser()
		thief.cookies[name] = value
		got := whole(thief.get(atCase))
		if want == "" {
			want = got
		}
		if got != want || !strings.Contains(got, "leads nowhere") {
			t.Errorf("%s:\n%s", value, got)
		}
	}
	for _, value := range []string{"", ".", "...", good + ".", "acme.x.1.y", strings.Replace(good, ".1.", ".0.", 1), strings.Replace(good, ".1.", ".-1.", 1), strings.Repeat("a", 4000)} {
		none := h.browser()
		none.cookies[name] = value
		none.get(atCase).says(t, "leads nowhere")
		if a := none.send(http.MethodPost, atCase+"/text", form("form", "x")); a.StatusCode != http.StatusSeeOther {
			t.Errorf("%q: %d", value, a.StatusCode)
		}
	}
	if h.Writes() != 1 {
		t.Errorf("%d writes", h.Writes())
	}
}

// The Host header is anybody's: no address is made of it.
func TestNoHostIsBelieved(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	b := h.browser()
	for name, value := range map[string]string{
		"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example;proto=http", "X-Forwarded-Proto": "http",
		"X-Forwarded-Prefix": "/evil.example", "X-Original-Url": "/evil.example", "Referer": "https://evil.example/",
	} {
		b.headers.Set(name, value)
	}
	b.claimed()
	token := b.tokenOf(atCase)
	var answers []answer
	for _, path := range append(readable, base+"//case", "/recovery/acme/..//case", base+"/case/") {
		answers = append(answers, b.get(path))
	}
	for _, path := range writable[2:] {
		answers = append(answers, b.send(http.MethodPost, path, form("form", token)))
	}
	for _, a := range answers {
		if strings.Contains(whole(a), "evil.example") {
			t.Errorf("an answer names the host:\n%s", whole(a))
		}
		if to := a.Header.Get("Location"); to != "" && (!strings.HasPrefix(to, base) || strings.HasPrefix(to, "//")) {
			t.Errorf("led to %s", to)
		}
	}
}
