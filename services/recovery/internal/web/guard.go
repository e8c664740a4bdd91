package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"countersign/services/recovery/internal/captcha"
)

// maxForm is for what CAPTCHA widgets put into a form, some kilobytes, and a code.
const maxForm = 64 << 10

// guarded gives every answer its headers, and refuses forms that another site sent.
func (s *site) guarded(next http.Handler) http.Handler {
	own := http.NewCrossOriginProtection()
	own.SetDenyHandler(http.HandlerFunc(s.refuse))
	checked := own.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy(captcha.Sources{}))
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("X-Robots-Tag", "noindex, nofollow")
		h.Set("Permissions-Policy", "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if unsaid(r) {
			next.ServeHTTP(w, r)
			return
		}
		checked.ServeHTTP(w, r)
	})
}

// unsaid reports whether the browser does not say where a form comes from: no-referrer makes Origin null, and browsers of before 2023 send
// no Sec-Fetch-Site. The form's own token, which another site cannot know, decides alone then.
func unsaid(r *http.Request) bool {
	return r.Header.Get("Origin") == "null" && r.Header.Get("Sec-Fetch-Site") == ""
}

// contentPolicy lets a page load its own style sheet and images, and what a CAPTCHA needs.
func contentPolicy(s captcha.Sources) string {
	directives := []string{"default-src 'none'"}
	for _, d := range []struct {
		name    string
		sources []string
	}{
		{"style-src", append([]string{captcha.Self}, s.Style...)}, {"img-src", append([]string{captcha.Self}, s.Image...)},
		{"script-src", s.Script}, {"frame-src", s.Frame}, {"connect-src", s.Connect}, {"worker-src", s.Worker},
	} {
		d.sources = slices.Sorted(slices.Values(d.sources)) // of its own: the provider keeps its lists
		if sources := slices.Compact(d.sources); len(sources) > 0 {
			directives = append(directives, d.name+" "+strings.Join(sources, " "))
		}
	}
	return strings.Join(append(directives, "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"), "; ")
}

// refuse answers a form that is not ours.
func (s *site) refuse(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusForbidden, s.page(r, "", View{Stage: stageRefused}))
}

// read takes a form in; false: it has been answered.
func (s *site) read(w http.ResponseWriter, r *http.Request) bool {
	err := r.ParseForm()
	if err == nil {
		return true
	}
	status := http.StatusBadRequest
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		status = http.StatusRequestEntityTooLarge
	}
	s.show(w, r, status, s.page(r, "", View{Stage: stageRefused}))
	return false
}
