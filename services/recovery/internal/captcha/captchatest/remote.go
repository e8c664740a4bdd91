package captchatest

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"countersign/pkg/events"
	"countersign/services/recovery/internal/captcha"
	"countersign/services/recovery/internal/captcha/siteverify"
	"countersign/services/recovery/internal/captcha/standin"
)

// Our account at every stand-in.
const (
	Hostname = "pages.example"
	SiteKey  = "0x4AAAAAAA-site-key"
	secret   = "0x4BBBBBBB-secret-key"
)

// A Remote is a provider that asks a stand-in.
type Remote struct {
	Dialect  standin.Dialect
	Field    string
	New      func(siteverify.Config) (*siteverify.Provider, error)
	Solution func(captcha.Binding) standin.Solution // what the page makes of a solved captcha
	Strange  map[string]func(*standin.Solution)     // what makes it one that must be refused
	Unbound  bool
}

// Serve starts the stand-in and gives the config that fits it.
func (r Remote) Serve(t *testing.T) (*standin.Server, siteverify.Config) {
	t.Helper()
	s := standin.New(standin.Options{Dialect: r.Dialect, SiteKey: SiteKey, Secret: secret})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, siteverify.Config{SiteKey: SiteKey, Secret: events.NewSecret(secret), Hostname: Hostname, Endpoint: server.URL}
}

// Run runs the suite.
func (r Remote) Run(t *testing.T) {
	Run(t, func(t *testing.T) Bench {
		s, config := r.Serve(t)
		p, err := r.New(config)
		if err != nil {
			t.Fatal(err)
		}
		b := Bench{Provider: p, Field: r.Field, Secrets: []string{secret}, Unbound: r.Unbound, Strange: map[string]func() url.Values{}}
		b.Solve = func(to captcha.Binding) url.Values { return b.with(s.Issue(r.Solution(to))) }
		r.strange(b, s)
		b.Doubts = faults(s)
		b.Silent = func() <-chan struct{} {
			fault, asked := standin.Silence()
			s.Meet(fault)
			return asked
		}
		return b
	})
}

func (r Remote) strange(b Bench, s *standin.Server) {
	changes := map[string]func(*standin.Solution){
		"solved on another host": func(s *standin.Solution) { s.Hostname = "pages.example.thief.example" },
		"solved nowhere":         func(s *standin.Solution) { s.Hostname = "" },
	}
	for why, change := range r.Strange {
		changes[why] = change
	}
	for why, verdict := range map[string]string{
		"refused without a reason": `{"success":false,"hostname":"pages.example"}`,
		"refused as too old":       `{"success":false,"error-codes":["timeout-or-duplicate"]}`,
		"neither good nor refused": `{"hostname":"pages.example"}`,
	} {
		b.Strange[why] = func() url.Values {
			s.Meet(standin.Say("application/json", verdict))
			return b.Solve(First)
		}
	}
	for why, change := range changes {
		b.Strange[why] = func() url.Values {
			solution := r.Solution(First)
			change(&solution)
			return b.with(s.Issue(solution))
		}
	}
}

func faults(s *standin.Server) map[string]func() {
	all := map[string]func(){}
	for name, fault := range map[string]http.HandlerFunc{
		"status 500":                          standin.Status(http.StatusInternalServerError),
		"status 429":                          standin.Status(http.StatusTooManyRequests),
		"status 201":                          standin.Status(http.StatusCreated),
		"a redirect":                          standin.Redirect("/"),
		"a page in place of a verdict":        standin.Say("text/html", "<html>All is well: true</html>"),
		"a verdict that calls itself a page":  standin.Say("text/html", `{"success":true,"hostname":"pages.example"}`),
		"nothing at all":                      standin.Say("application/json", ""),
		"JSON that is no verdict":             standin.Say("application/json", `["success",true]`),
		"a success that is a word":            standin.Say("application/json", `{"success":"true","hostname":"pages.example"}`),
		"a verdict with something behind it":  standin.Say("application/json", `{"success":true,"hostname":"pages.example"} {}`),
		"a success with an error":             standin.Say("application/json", `{"success":true,"hostname":"pages.example","error-codes":["internal-error"]}`),
		"a wrong secret":                      standin.Say("application/json", `{"success":false,"error-codes":["invalid-input-secret"]}`),
		"a refusal with an error of theirs":   standin.Say("application/json", `{"success":false,"error-codes":["timeout-or-duplicate","internal-error"]}`),
		"a code that nobody knows":            standin.Say("application/json", `{"success":false,"error-codes":["teapot"]}`),
		"a code that says what was asked":     standin.Echo,
		"a verdict of a megabyte":             standin.Huge,
		"a verdict that breaks off":           standin.Reset,
		"a connection that breaks off before": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		all[name] = func() { s.Meet(fault) }
	}
	return all
}
