package sink

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"io/fs"
	"net/http"
	"slices"
	"time"
)

//go:embed assets
var assets embed.FS

var inboxPage = template.Must(template.ParseFS(assets, "assets/inbox.html"))

const (
	// pagePolicy lets the page load its own files and nothing else.
	pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; " +
		"form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
	// mailPolicy is for HTML that anybody may have written: inline styles, nothing from elsewhere, no script, an origin of its own.
	mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; " +
		"frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)

// Handler serves the inbox: the page at /inbox, its messages as JSON, oldest first, at /inbox.json, and below /inbox what the page
// needs. Nothing that it serves may be stored, framed by others, or can load anything from elsewhere.
func (b *Inbox) Handler() http.Handler {
	static, _ := fs.Sub(assets, "assets") // the folder is embedded above
	mux := http.NewServeMux()
	mux.HandleFunc("GET /inbox", b.servePage)
	mux.HandleFunc("GET /inbox.json", b.serveJSON)
	mux.HandleFunc("GET /inbox/events", b.serveEvents)
	mux.HandleFunc("GET /inbox/messages/{id}/html", b.serveHTML)
	for _, name := range []string{"inbox.css", "inbox.js", "icon.svg"} {
		mux.HandleFunc("GET /inbox/"+name, func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, static, name) })
	}
	return guarded(mux)
}

func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

func (b *Inbox) servePage(w http.ResponseWriter, _ *http.Request) {
	messages := b.List()
	slices.Reverse(messages)
	var page bytes.Buffer
	if err := inboxPage.Execute(&page, view(messages, b.home)); err != nil {
		http.Error(w, "render inbox", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(page.Bytes())
}

func (b *Inbox) serveJSON(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(b.List()) // nobody is left to tell
}

func (b *Inbox) serveHTML(w http.ResponseWriter, r *http.Request) {
	messages := b.List()
	i := slices.IndexFunc(messages, func(m Message) bool { return m.ID == r.PathValue("id") })
	if i < 0 || messages[i].HTML == "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Security-Policy", mailPolicy)
	w.Header().Del("Cross-Origin-Opener-Policy") // HTML's standard lets no sandboxed page have one in a tab of its own
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(messages[i].HTML))
}

// serveEvents says `changed` at once and whenever messages came, until the page or the inbox goes.
func (b *Inbox) serveEvents(w http.ResponseWriter, r *http.Request) {
	changed, cancel := b.Subscribe()
	defer cancel()
	w.Header().Set("Content-Type", "text/event-stream")
	stream := http.NewResponseController(w)
	_ = stream.SetWriteDeadline(time.Time{}) // the server's bound is for answers that end
	for open := true; open; {
		if _, err := w.Write([]byte("event: changed\ndata:\n\n")); err != nil || stream.Flush() != nil {
			return
		}
		select {
		case _, open = <-changed:
		case <-r.Context().Done():
			return
		}
	}
}
