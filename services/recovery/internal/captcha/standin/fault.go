package standin

import (
	"io"
	"net/http"
	"strings"
)

// Silence says nothing until the client hangs up. The channel is closed when the question has arrived.
func Silence() (fault http.HandlerFunc, asked <-chan struct{}) {
	arrived := make(chan struct{})
	return func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	}, arrived
}

// Status answers with a status and whatever a good answer would say.
func Status(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, good)
	}
}

const good = `{"success":true,"hostname":"pages.example"}`

// Say answers with 200 and these words.
func Say(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, body)
	}
}

// Echo answers with a code that is the question: what a careless client would log.
func Echo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"success":false,"error-codes":["`+r.PostForm.Get("response")+`","`+r.PostForm.Get("secret")+`"]}`)
}

// Huge answers with a good verdict that has a megabyte of spaces in it.
func Huge(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, strings.TrimSuffix(good, "}")+strings.Repeat(" ", 1<<20)+"}")
}

// Endless answers with a good verdict and goes on until the client hangs up.
func Endless(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, err := io.WriteString(w, good)
	for err == nil {
		_, err = io.WriteString(w, strings.Repeat(" ", 4<<10))
	}
}

// Reset breaks the connection off after a verdict that would be good, before its announced end.
func Reset(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, good)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// Redirect sends the question on to another place.
func Redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusTemporaryRedirect) }
}
