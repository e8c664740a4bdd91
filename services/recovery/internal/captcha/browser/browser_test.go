// Package browser has captchas solved in a real Chromium, under a Content-Security-Policy that allows what the provider says and nothing
// else: ALTCHA by its real widget, reCAPTCHA v3 as far as the page's own part goes.
package browser

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/services/recovery/internal/captcha"
	"countersign/services/recovery/internal/captcha/captchatest"
	"countersign/tools/browsertest"
)

const base = "/lost"

var chromium = browsertest.New(browsertest.Config{Root: "../../../../..", Patience: 90 * time.Second})

func TestMain(m *testing.M) { chromium.Main(m) }

var page = template.Must(template.New("").Parse(`<!doctype html>
<html lang="{{.Language}}"><title>captcha</title><link rel="icon" href="data:,">
{{range .Page.Styles}}<link rel="stylesheet" href="{{.}}">{{end}}
{{range .Page.Scripts}}<script src="{{.URL}}"{{if .Module}} type="module"{{else}} defer{{end}}></script>{{end}}
<form method="post">{{.Widget}}<button>Go on</button></form>`))

// policy is a page's that needs nothing but its captcha and its empty icon.
func policy(s captcha.Sources) string {
	text := "default-src 'none'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	for _, d := range []struct {
		name    string
		sources []string
	}{
		{"script-src", s.Script}, {"style-src", s.Style}, {"frame-src", s.Frame}, {"connect-src", s.Connect}, {"worker-src", s.Worker},
	} {
		if len(d.sources) > 0 {
			text += "; " + d.name + " " + strings.Join(d.sources, " ")
		}
	}
	return text
}

// A site is one page with the captcha and what its form brought.
type site struct {
	*httptest.Server
	provider captcha.Provider
	language string
	forms    chan url.Values
}

func serve(t *testing.T, p captcha.Provider, language string) *site {
	t.Helper()
	s := &site{provider: p, language: language, forms: make(chan url.Values, 1)}
	mux := http.NewServeMux()
	for path, handler := range p.Routes() {
		mux.Handle(base+path, handler)
	}
	mux.HandleFunc("GET "+base+"/page", s.show)
	mux.HandleFunc("POST "+base+"/page", s.take)
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *site) show(w http.ResponseWriter, r *http.Request) {
	p, err := s.provider.Page(r.Context(), captchatest.First)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Security-Policy", policy(p.Sources))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	p = p.At(base)
	_ = page.Execute(w, map[string]any{"Page": p, "Widget": p.Widget.HTML(s.language), "Language": s.language})
}

func (s *site) take(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	s.forms <- r.PostForm
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = fmt.Fprint(w, `<!doctype html><title>sent</title><link rel="icon" href="data:,"><p>sent`)
}

// brought waits for the form.
func (s *site) brought(ctx context.Context, t *testing.T) url.Values {
	t.Helper()
	select {
	case form := <-s.forms:
		return form
	case <-ctx.Done():
		t.Fatal("the form was not sent")
		return nil
	}
}

// counts says whether what the form brought does.
func (s *site) counts(ctx context.Context, t *testing.T) {
	t.Helper()
	if _, err := s.provider.Verify(ctx, captchatest.First, s.brought(ctx, t), ""); err != nil {
		t.Errorf("what the widget put into the form does not count: %v", err)
	}
}

// tab opens a tab whose console must stay silent.
func tab(t *testing.T) context.Context {
	t.Helper()
	return chromium.Open(t, browsertest.Window{}).Context()
}
