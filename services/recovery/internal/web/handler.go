package web

import (
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"countersign/pkg/worker/policy"
	"countersign/services/recovery/internal/captcha"
	"countersign/services/recovery/internal/web/words"
)

//go:embed assets
var assets embed.FS

// Config is what the pages are made of.
type Config struct {
	Cases    Cases                                       // required
	Policies func(platform string) (policy.Policy, bool) // required; brand, colors and the way back
	Captcha  captcha.Provider                            // whose files are served; nil: none are
	Base     string                                      // path of policy's recovery.url: "" or such as "/recovery"
	Secure   bool                                        // people reach the pages over HTTPS alone
	Address  func(*http.Request) string                  // of the browser, for the CAPTCHA's provider; nil: it is not told
	Log      *slog.Logger                                // default slog.Default(); holds no path, token or code
	Now      func() time.Time                            // default time.Now
}

// A site serves the pages.
type site struct {
	conf   Config
	words  *words.Catalogue
	pages  pages
	cookie cookie
}

// Handler makes the pages. They keep nothing between requests.
func Handler(c Config) (http.Handler, error) {
	if c.Cases == nil || c.Policies == nil {
		return nil, errors.New("make recovery pages: Cases and Policies are required")
	}
	c.Base = strings.TrimRight(c.Base, "/")
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	catalogue, err := words.Load()
	if err != nil {
		return nil, err
	}
	s := &site{conf: c, words: catalogue, pages: newPages(), cookie: newCookie(c.Base, c.Secure)}
	return s.guarded(s.routes()), nil
}

func (s *site) routes() http.Handler {
	mux, base := http.NewServeMux(), s.conf.Base
	for pattern, handle := range map[string]http.HandlerFunc{
		"GET /{platform}/{userkey}/{token}":         s.showLink(s.conf.Cases.Look),
		"POST /{platform}/{userkey}/{token}":        s.claim,
		"GET /{platform}/{userkey}/cancel/{token}":  s.showLink(s.conf.Cases.LookCancel),
		"POST /{platform}/{userkey}/cancel/{token}": s.cancel,
		"GET /case":                s.showCase,
		"GET /case/{form}":         s.toCase, // a form's address, typed or gone back to
		"POST /case/text":          s.form(s.sendText),
		"POST /case/code":          s.form(s.submitText),
		"POST /case/recovery-code": s.form(s.submitRecoveryCode),
		"POST /case/captcha":       s.form(s.submitCaptcha),
		"GET /logo/{platform}":     s.logo,
		"GET /brand/{platform}":    s.brandStyle,
		"GET /":                    s.nowhere,
	} {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" "+base+path, handle)
	}
	static, _ := fs.Sub(assets, "assets") // the folder is embedded
	for _, name := range []string{"web.css", "icon.svg"} {
		mux.HandleFunc("GET "+base+"/static/"+name, func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, static, name) })
	}
	if s.conf.Captcha != nil {
		for path, handler := range s.conf.Captcha.Routes() {
			mux.Handle("GET "+base+path, handler)
		}
	}
	return mux
}
