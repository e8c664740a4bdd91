package captchatest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"countersign/services/recovery/internal/captcha"
)

func pages(t *testing.T, b Bench) {
	page, err := b.Provider.Page(t.Context(), First)
	if err != nil {
		t.Fatal(err)
	}
	if b.Provider.Name() == "" || page.Widget.Tag == "" {
		t.Errorf("name %q, widget %+v", b.Provider.Name(), page.Widget)
	}
	for _, s := range page.Scripts {
		b.served(t, s.URL, page.Sources.Script)
	}
	for _, url := range page.Styles {
		b.served(t, url, page.Sources.Style)
	}
	all := slices.Concat(page.Sources.Script, page.Sources.Style, page.Sources.Frame, page.Sources.Connect, page.Sources.Worker, page.Sources.Image)
	for _, source := range all {
		if !closed(source) {
			t.Errorf("source %q opens the page too far", source)
		}
	}
	if html := string(page.Widget.HTML("cs")); strings.Contains(html, First.Case) {
		t.Errorf("the widget shows the case: %s", html)
	}
}

func closed(source string) bool {
	return source == captcha.Self || source == "data:" || strings.HasPrefix(source, "https://") && !strings.HasPrefix(source, "https://*/") && len(source) > len("https://*.a")
}

// served looks at one file: ours must be there, another's must be named by the page's sources.
func (b Bench) served(t *testing.T, address string, sources []string) {
	t.Helper()
	if !strings.HasPrefix(address, "/") {
		named := slices.ContainsFunc(sources, func(s string) bool { return covers(s, address) })
		if !named || !strings.HasPrefix(address, "https://") {
			t.Errorf("%s is not within %v", address, sources)
		}
		return
	}
	handler := b.Provider.Routes()[address]
	if handler == nil || !slices.Contains(sources, captcha.Self) {
		t.Errorf("%s is not served, or not within %v", address, sources)
		return
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
	if w.Code != http.StatusOK || w.Body.Len() == 0 || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s: status %d, %d bytes, header %v", address, w.Code, w.Body.Len(), w.Header())
	}
}

func covers(source, address string) bool {
	s, _ := url.Parse(source)
	a, _ := url.Parse(address)
	suffix, wild := strings.CutPrefix(s.Host, "*")
	return (s.Host == a.Host || wild && strings.HasSuffix(a.Host, suffix)) && strings.HasPrefix(a.Path, s.Path)
}

func printed(t *testing.T, b Bench) {
	var seen bytes.Buffer
	page, err := b.Provider.Page(t.Context(), First)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{b.Provider, page, fmt.Sprint(b.Provider.Routes())} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			fmt.Fprintf(&seen, verb, v)
		}
		slog.New(slog.NewTextHandler(&seen, nil)).Info("a", "v", v)
		slog.New(slog.NewJSONHandler(&seen, nil)).Info("a", "v", v)
		_ = json.NewEncoder(&seen).Encode(v)
	}
	b.keepsSecrets(t, nil, seen.String())
}
