package trace

import (
	"errors"
	"net/http"
)

// Pages traces the requests of people. A traceparent of theirs is not believed: anybody can write one, and have us trace. The span is named by
// the pattern that next sets in the request, never by the path, which holds links' tokens.
func (t *Tracer) Pages(next http.Handler) http.Handler {
	if t == nil || next == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, span := t.Begin(r.Context(), Page, "", From{})
		answered := &answered{ResponseWriter: w, status: http.StatusOK}
		r = r.WithContext(ctx)
		r.Pattern = ""
		defer func() { // a handler that panics is ended, too
			span.Of(Page, r.Pattern)
			span.Count(Status, answered.status)
			span.End(answered.failure())
		}()
		next.ServeHTTP(answered, r)
	})
}

// answered remembers the status.
type answered struct {
	http.ResponseWriter
	status int
}

func (a *answered) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

var errFailed = errors.New("answered with a failure of ours")

func (a *answered) failure() error {
	if a.status < http.StatusInternalServerError {
		return nil
	}
	return errFailed
}

// Unwrap lets http.ResponseController reach what is below.
func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }
