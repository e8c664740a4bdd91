package recovery

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"countersign/pkg/worker/policy"
	"countersign/services/recovery/internal/web"
)

// Base is the path below which the pages are served, and with which a policy's recovery.url ends.
const Base = "/recovery"

// pages are what the user sees.
func (s *shell) pages() http.Handler {
	h, err := web.Handler(web.Config{
		Cases: cases{s}, Policies: s.Policies, Captcha: s.captcha, Base: Base, Secure: !s.insecure, Log: s.Logger, Now: s.Now,
	})
	if err != nil {
		panic(err) // what is embedded cannot be read: no build passes its tests so
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), pageTime)
		defer cancel()
		bounded := r.WithContext(ctx)
		h.ServeHTTP(w, bounded)
		r.Pattern = bounded.Pattern // for whoever counts or traces it: the path itself holds a token
	})
}

// pageTime bounds a request, whatever store, bus and other workers do: less than servers give an answer.
const pageTime = 20 * time.Second

// CheckPolicy refuses a policy whose links would lead to where no page is.
func CheckPolicy(p policy.Policy) error {
	if p.Recovery.URL == "" {
		return nil
	}
	at, err := url.Parse(p.Recovery.URL)
	if err != nil || strings.TrimRight(at.Path, "/") != Base {
		return fmt.Errorf("recovery.url of platform %s leads elsewhere: the pages are served at the path %s, so that it must be https://<host>%s", p.Platform, Base, Base)
	}
	return nil
}
