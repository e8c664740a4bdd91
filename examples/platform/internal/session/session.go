// Package session keeps what a server knows of a browser between two requests, in memory, under a cookie.
//
// The cookie is 256 random bits that no script can read; the server keeps only their hash, so that a look into its memory opens no
// session. A session ends after a time of rest and after a whole life, whichever comes first.
package session

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"sync"
	"time"
)

// Options sets up a Store.
type Options[T any] struct {
	Cookie string        // its name
	Secure bool          // send it over HTTPS only
	Idle   time.Duration // a session that rests so long has ended
	Life   time.Duration // likewise one that is so old
	Most   int           // sessions; one more ends the one that rests longest
	Now    func() time.Time
	Ended  func(*T) // told of each session that ended; called without a lock
}

// A Store holds sessions of values. It is safe for concurrent use; the values are the caller's to guard.
type Store[T any] struct {
	options Options[T]

	mu   sync.Mutex
	byID map[id]*held[T]
}

type id [sha256.Size]byte

type held[T any] struct {
	value       *T
	began, seen time.Time
}

// NewStore returns an empty store.
func NewStore[T any](o Options[T]) *Store[T] {
	return &Store[T]{options: o, byID: map[id]*held[T]{}}
}

// Of returns the value of the session that the request belongs to.
func (s *Store[T]) Of(r *http.Request) (*T, bool) {
	name, ok := s.named(r)
	if !ok {
		return nil, false
	}
	now := s.options.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	h, ok := s.byID[name]
	if !ok || s.over(h, now) {
		return nil, false
	}
	h.seen = now
	return h.value, true
}

// Holds reports whether the request belongs to a session, without ending its rest: for what runs by itself.
func (s *Store[T]) Holds(r *http.Request) bool {
	name, _ := s.named(r)
	now := s.options.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	h, ok := s.byID[name]
	return ok && !s.over(h, now)
}

// Start begins a session; one that the request belonged to ends.
func (s *Store[T]) Start(w http.ResponseWriter, r *http.Request, value *T) {
	s.forget(r)
	now := s.options.Now()
	s.hold(w, &held[T]{value: value, began: now, seen: now})
}

// Renew gives the session another cookie: whoever knew the one of before knows nothing now. Call it whenever a session may do more. It
// says whether the session was still there.
func (s *Store[T]) Renew(w http.ResponseWriter, r *http.Request) bool {
	name, _ := s.named(r)
	now := s.options.Now()
	s.mu.Lock()
	h, ok := s.byID[name]
	delete(s.byID, name)
	s.mu.Unlock()
	if ok {
		s.hold(w, &held[T]{value: h.value, began: now, seen: now})
	}
	return ok
}

// End ends the session that the request belongs to.
func (s *Store[T]) End(w http.ResponseWriter, r *http.Request) {
	s.forget(r)
	http.SetCookie(w, s.cookie("", -1))
}

// Close ends all.
func (s *Store[T]) Close() {
	s.mu.Lock()
	all := s.byID
	s.byID = map[id]*held[T]{}
	s.mu.Unlock()
	for _, h := range all {
		s.options.Ended(h.value)
	}
}

func (s *Store[T]) hold(w http.ResponseWriter, h *held[T]) {
	token := make([]byte, 32)
	_, _ = rand.Read(token) // never fails
	text := base64.RawURLEncoding.EncodeToString(token)
	s.mu.Lock()
	gone := s.crowded(h.seen)
	s.byID[sha256.Sum256([]byte(text))] = h
	s.mu.Unlock()
	for _, value := range gone {
		s.options.Ended(value)
	}
	http.SetCookie(w, s.cookie(text, 0))
}

// crowded removes what has ended, and where that makes no room, the session that rests longest.
func (s *Store[T]) crowded(now time.Time) (gone []*T) {
	var oldest id
	var seen time.Time
	for name, h := range s.byID {
		if s.over(h, now) {
			gone = append(gone, h.value)
			delete(s.byID, name)
			continue
		}
		if seen.IsZero() || h.seen.Before(seen) {
			oldest, seen = name, h.seen
		}
	}
	if len(s.byID) >= s.options.Most {
		gone = append(gone, s.byID[oldest].value)
		delete(s.byID, oldest)
	}
	return gone
}

func (s *Store[T]) over(h *held[T], now time.Time) bool {
	return now.Sub(h.seen) >= s.options.Idle || now.Sub(h.began) >= s.options.Life
}

func (s *Store[T]) forget(r *http.Request) {
	name, _ := s.named(r)
	s.mu.Lock()
	h, ok := s.byID[name]
	delete(s.byID, name)
	s.mu.Unlock()
	if ok {
		s.options.Ended(h.value)
	}
}

func (s *Store[T]) named(r *http.Request) (id, bool) {
	c, err := r.Cookie(s.options.Cookie)
	if err != nil || len(c.Value) > 64 {
		return id{}, false
	}
	return sha256.Sum256([]byte(c.Value)), true
}

func (s *Store[T]) cookie(value string, age int) *http.Cookie {
	return &http.Cookie{
		Name: s.options.Cookie, Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: s.options.Secure, SameSite: http.SameSiteLaxMode,
	}
}
