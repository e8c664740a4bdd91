package session

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

type fixture struct {
	*Store[string]
	now   time.Time
	ended []string
}

func newFixture() *fixture {
	f := &fixture{now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	f.Store = NewStore(Options[string]{
		Cookie: "c", Idle: 30 * time.Minute, Life: 12 * time.Hour, Most: 3,
		Now: func() time.Time { return f.now }, Ended: func(v *string) { f.ended = append(f.ended, *v) },
	})
	return f
}

func (f *fixture) start(value string) *http.Request {
	w := httptest.NewRecorder()
	f.Start(w, httptest.NewRequest(http.MethodGet, "/", nil), &value)
	return with(w)
}

// with is the next request of a browser that has received w.
func with(w *httptest.ResponseRecorder) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, c := range w.Result().Cookies() {
		r.AddCookie(c)
	}
	return r
}

func (f *fixture) holds(r *http.Request, value string) bool {
	v, ok := f.Of(r)
	return ok && *v == value
}

func TestACookieLeadsToItsSessionAlone(t *testing.T) {
	f := newFixture()
	one, two := f.start("one"), f.start("two")
	if !f.holds(one, "one") || !f.holds(two, "two") {
		t.Error("a session is not found")
	}
	stranger := httptest.NewRequest(http.MethodGet, "/", nil)
	stranger.AddCookie(&http.Cookie{Name: "c", Value: "guess"})
	if _, ok := f.Of(stranger); ok {
		t.Error("a guessed cookie leads to a session")
	}
	if _, ok := f.Of(httptest.NewRequest(http.MethodGet, "/", nil)); ok {
		t.Error("no cookie leads to a session")
	}
}

func TestTheCookieIsForTheServerAlone(t *testing.T) {
	w := httptest.NewRecorder()
	value := "one"
	newFixture().Start(w, httptest.NewRequest(http.MethodGet, "/", nil), &value)
	c := w.Result().Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || len(c.Value) < 43 {
		t.Errorf("cookie %v", c)
	}
}

func TestARenewedSessionHasAnotherCookie(t *testing.T) {
	f := newFixture()
	before := f.start("one")
	w := httptest.NewRecorder()
	if !f.Renew(w, before) {
		t.Error("it is said to be gone")
	}
	if _, ok := f.Of(before); ok {
		t.Error("the old cookie still leads to the session")
	}
	if !f.holds(with(w), "one") || len(f.ended) != 0 {
		t.Errorf("the new cookie leads nowhere; ended %v", f.ended)
	}
	if f.Renew(httptest.NewRecorder(), before) {
		t.Error("the old cookie brings the session back")
	}
}

func TestWhatRunsByItselfKeepsNoSessionAwake(t *testing.T) {
	f := newFixture()
	r := f.start("one")
	for range 3 {
		if !f.Holds(r) {
			t.Fatal("it is not held")
		}
		f.now = f.now.Add(10 * time.Minute)
	}
	if f.Holds(r) {
		t.Error("it goes on")
	}
}

func TestASessionEnds(t *testing.T) {
	for name, end := range map[string]func(f *fixture, r *http.Request){
		"when it is told to": func(f *fixture, r *http.Request) { f.End(httptest.NewRecorder(), r) },
		"after a rest":       func(f *fixture, _ *http.Request) { f.now = f.now.Add(30 * time.Minute) },
		"after its life": func(f *fixture, r *http.Request) {
			for range 25 {
				f.now = f.now.Add(29 * time.Minute)
				f.Of(r)
			}
		},
		"with the store": func(f *fixture, _ *http.Request) { f.Close() },
		"when newer ones need its place": func(f *fixture, _ *http.Request) {
			f.now = f.now.Add(time.Second)
			f.start("two")
			f.start("three")
			f.start("four")
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture()
			r := f.start("one")
			end(f, r)
			if _, ok := f.Of(r); ok || f.Holds(r) {
				t.Error("it goes on")
			}
			f.start("another") // what has ended by time alone is told when the next one comes
			if len(f.ended) == 0 || f.ended[0] != "one" {
				t.Errorf("told %v", f.ended)
			}
		})
	}
}
