// Package standin is the other end of siteverify on this machine: it gives the answers that Turnstile, hCaptcha and reCAPTCHA document,
// for tests of what asks them. Widgets it has none: Issue gives the answer that a solved one would have put into the form.
package standin

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// A Dialect is whose answers are spoken.
type Dialect int

const (
	Turnstile Dialect = iota + 1
	HCaptcha
	ReCAPTCHA // v2 and, for a Solution with a score, v3
)

// Options sets up a Server.
type Options struct {
	Dialect Dialect
	SiteKey string // what hCaptcha's question must name
	Secret  string // what every question must hold
}

// A Solution is what somebody solved, and where.
type Solution struct {
	Hostname string
	Action   string  // Turnstile and reCAPTCHA v3
	CData    string  // Turnstile
	Score    float64 // reCAPTCHA v3; 0: of v2
}

// A Server judges answers. It is safe for concurrent use.
type Server struct {
	options Options

	mu     sync.Mutex
	issued map[string]Solution
	spent  map[string]string // answer to the idempotency key that it was spent under
	faults []http.HandlerFunc
	asked  []url.Values
}

// New returns a server that has issued nothing.
func New(o Options) *Server {
	return &Server{options: o, issued: map[string]Solution{}, spent: map[string]string{}}
}

// Issue makes the answer of a solved widget.
func (s *Server) Issue(solution Solution) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := "solved." + rand.Text() + "_" + rand.Text()
	s.issued[token] = solution
	return token
}

// Meet makes the next questions end like this, one each and in order.
func (s *Server) Meet(faults ...http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// Asked returns all questions so far, oldest first.
func (s *Server) Asked() []url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]url.Values{}, s.asked...)
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.ParseForm() != nil {
		http.Error(w, "POST a form", http.StatusBadRequest)
		return
	}
	if fault := s.hear(r.PostForm); fault != nil {
		fault(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(s.judge(r.PostForm))
}

func (s *Server) hear(question url.Values) (fault http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, question)
	if len(s.faults) > 0 {
		fault, s.faults = s.faults[0], s.faults[1:]
	}
	return fault
}

func (s *Server) judge(question url.Values) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, again := question.Get("response"), question.Get("idempotency_key")
	solution, known := s.issued[token]
	under, spent := s.spent[token]
	switch {
	case question.Get("secret") == "":
		return no("missing-input-secret")
	case question.Get("secret") != s.options.Secret:
		return no("invalid-input-secret")
	case s.options.Dialect == HCaptcha && question.Get("sitekey") != s.options.SiteKey:
		return no("sitekey-secret-mismatch")
	case token == "":
		return no("missing-input-response")
	case !known:
		return no("invalid-input-response")
	case spent && (again == "" || again != under):
		return no(s.duplicate())
	}
	s.spent[token] = again
	return s.yes(solution)
}

func no(code string) map[string]any {
	return map[string]any{"success": false, "error-codes": []string{code}}
}

func (s *Server) duplicate() string {
	if s.options.Dialect == HCaptcha {
		return "already-seen-response"
	}
	return "timeout-or-duplicate"
}

func (s *Server) yes(solution Solution) map[string]any {
	v := map[string]any{"success": true, "challenge_ts": time.Now().UTC().Format(time.RFC3339), "hostname": solution.Hostname}
	switch {
	case s.options.Dialect == Turnstile:
		v["error-codes"], v["action"], v["cdata"] = []string{}, solution.Action, solution.CData
	case s.options.Dialect == HCaptcha:
		v["credit"] = false
	case solution.Score > 0:
		v["score"], v["action"] = solution.Score, solution.Action
	}
	return v
}
