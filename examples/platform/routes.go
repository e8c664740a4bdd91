package platform

import (
	"io/fs"
	"net/http"
)

// policy lets a page load its own files and nothing else. data: is for the QR code, which rests nowhere.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (p *Platform) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, r := range map[string]struct {
		may    who
		handle func(*click)
	}{
		"GET /{$}":                           {anyone, (*click).start},
		"GET /sign-up":                       {anyone, (*click).signUp},
		"POST /sign-up":                      {anyone, (*click).signUpSent},
		"GET /sign-in":                       {anyone, (*click).signIn},
		"POST /sign-in":                      {anyone, (*click).signInSent},
		"POST /sign-out":                     {anyone, (*click).signOut},
		"GET /code":                          {halfway, (*click).code},
		"POST /code":                         {halfway, (*click).codeSent},
		"POST /code/resend":                  {halfway, (*click).resendSent},
		"POST /code/cancel":                  {halfway, (*click).cancelSent},
		"GET /code/recovery":                 {halfway, (*click).spare},
		"POST /code/recovery":                {halfway, (*click).spareSent},
		"GET /lost-device":                   {outside, (*click).device},
		"POST /lost-device":                  {outside, (*click).deviceSent},
		"GET /required":                      {halfway, (*click).required},
		"GET /home":                          {insider, (*click).home},
		"GET /settings":                      {insider, (*click).settings},
		"POST /settings/first":               {insider, (*click).preferSent},
		"GET /settings/add/{factor}":         {enroller, (*click).add},
		"POST /settings/add/{factor}":        {enroller, (*click).addSent},
		"GET /settings/confirm/{id}":         {enroller, (*click).confirm},
		"POST /settings/confirm/{id}":        {enroller, (*click).confirmSent},
		"POST /settings/resend/{id}":         {enroller, (*click).resendActivationSent},
		"GET /settings/off/{factor}":         {insider, (*click).remove},
		"POST /settings/off/{factor}":        {insider, (*click).removeSent},
		"GET /settings/recovery-codes":       {insider, (*click).codes},
		"GET /settings/recovery-codes/file":  {insider, (*click).codesFile},
		"POST /settings/recovery-codes/kept": {insider, (*click).codesKept},
		"GET /settings/recovery-codes/new":   {insider, (*click).newCodes},
		"POST /settings/recovery-codes/new":  {insider, (*click).newCodesSent},
		"GET /support":                       {anyone, (*click).desk},
		"POST /support/ask":                  {anyone, (*click).deskAsked},
		"POST /support/decide":               {anyone, (*click).deskDecided},
		"GET /":                              {anyone, (*click).lost},
	} {
		mux.HandleFunc(pattern, p.page(r.may, r.handle))
	}
	mux.HandleFunc("GET /live", p.live)
	static, _ := fs.Sub(assets, "assets") // the folder is embedded
	for _, name := range []string{"platform.css", "platform.js", "icon.svg"} {
		mux.HandleFunc("GET /assets/"+name, func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, static, name) })
	}
	return guarded(mux)
}

// guarded holds every answer to the policy and refuses forms that another site sent: browsers say where a form comes from, and what
// does not say so is no browser and has no cookie.
func guarded(next http.Handler) http.Handler {
	own := http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-store")
		// no-referrer would have browsers send Origin: null with the site's own forms, which could not be told from others'.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		own.ServeHTTP(w, r)
	})
}
