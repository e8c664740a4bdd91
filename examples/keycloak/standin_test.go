package keycloak_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"
)

const clientSecret = "the-clients-secret"

// A standIn speaks what the adapter uses of Keycloak: the token endpoint of a realm, a user's sessions, the end of one.
type standIn struct {
	mux *http.ServeMux

	mu       sync.Mutex
	sessions map[string][]string // by user
	start    int64               // of all of them
	valid    string              // the token in force
	tokens   int
	fault    func(r *http.Request) int // a status instead of the answer; 0: none
	changed  chan struct{}             // closed and made anew whenever a session ends
}

func newStandIn() *standIn {
	s := &standIn{mux: http.NewServeMux(), sessions: map[string][]string{}, start: time.Now().UnixMilli(), changed: make(chan struct{})}
	s.mux.HandleFunc("POST /realms/acme/protocol/openid-connect/token", s.token)
	s.mux.HandleFunc("GET /admin/realms/acme/users/{user}/sessions", s.admin(s.list))
	s.mux.HandleFunc("DELETE /admin/realms/acme/sessions/{session}", s.admin(s.end))
	return s
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault != nil {
		if status := s.fault(r); status != 0 {
			w.WriteHeader(status)
			return
		}
	}
	s.mux.ServeHTTP(w, r)
}

func (s *standIn) token(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("grant_type") != "client_credentials" || r.FormValue("client_id") != "countersign" || r.FormValue("client_secret") != clientSecret {
		answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	s.tokens++
	s.valid = "token-" + string(rune('0'+s.tokens%10))
	answer(w, http.StatusOK, map[string]any{"access_token": s.valid, "expires_in": 60, "token_type": "Bearer"})
}

func (s *standIn) admin(then http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.valid == "" || r.Header.Get("Authorization") != "Bearer "+s.valid {
			answer(w, http.StatusUnauthorized, map[string]any{"error": "HTTP 401 Unauthorized"})
			return
		}
		then(w, r)
	}
}

func (s *standIn) list(w http.ResponseWriter, r *http.Request) {
	sessions, known := s.sessions[r.PathValue("user")]
	if !known {
		answer(w, http.StatusNotFound, map[string]any{"error": "User not found"})
		return
	}
	all := []map[string]any{}
	for _, id := range sessions {
		all = append(all, map[string]any{"id": id, "username": "jane", "userId": r.PathValue("user"), "start": s.start, "lastAccess": s.start})
	}
	answer(w, http.StatusOK, all)
}

func (s *standIn) end(w http.ResponseWriter, r *http.Request) {
	for user, sessions := range s.sessions {
		if i := slices.Index(sessions, r.PathValue("session")); i >= 0 {
			s.sessions[user] = slices.Delete(sessions, i, i+1)
			close(s.changed)
			s.changed = make(chan struct{})
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
	answer(w, http.StatusNotFound, map[string]any{"error": "Sesssion not found"})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// opened says that a user has these sessions.
func (s *standIn) opened(user string, sessions ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[user] = sessions
}

// open are the user's sessions; changed is closed when one ends.
func (s *standIn) open(user string) (sessions []string, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sessions[user]), s.changed
}

// breaks answers with fault's statuses until it is called with nil.
func (s *standIn) breaks(fault func(r *http.Request) int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fault
}
