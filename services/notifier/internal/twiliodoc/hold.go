package twiliodoc

import (
	"bytes"
	"net/http"
	"testing"
)

// Hold fails the test for every request that the document refuses, and for every answer of the stand-in to one. Faults of the line pass through.
func Hold(t testing.TB, standIn http.Handler) http.Handler {
	t.Helper()
	d := opened(t)
	held := d.holdAnswers(t, standIn)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := d.Request(r); err != nil {
			t.Errorf("Twilio's document refuses a request: %v", err)
		}
		held.ServeHTTP(w, r)
	})
}

// HoldAnswers is Hold where requests may be wrong: the stand-in has to refuse them.
func HoldAnswers(t testing.TB, standIn http.Handler) http.Handler {
	t.Helper()
	return opened(t).holdAnswers(t, standIn)
}

func opened(t testing.TB) *Document {
	t.Helper()
	d, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *Document) holdAnswers(t testing.TB, standIn http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		wrong := d.Request(r)
		heard := &recorder{ResponseWriter: w}
		standIn.ServeHTTP(heard, r)
		switch {
		case heard.status == 0: // the line was cut
			return
		case heard.status < http.StatusBadRequest && wrong != nil:
			t.Errorf("the stand-in answers %d to a request that Twilio's document refuses: %v", heard.status, wrong)
		}
		if err := d.Answer(r, heard.status, w.Header(), heard.body.Bytes()); err != nil {
			t.Errorf("Twilio's document refuses the stand-in's answer: %v", err)
		}
	})
}

// A recorder keeps what passes through it.
type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	_, _ = r.body.Write(p) // never fails
	return r.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the line.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
