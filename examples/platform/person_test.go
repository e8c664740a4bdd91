package platform

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/examples/platform/internal/account"
	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	email    = "dana@example.com"
	password = "correct horse"
)

// A person is a browser at the platform, over a fake of Countersign.
type person struct {
	*testing.T
	*fake
	platform *Platform
	server   *httptest.Server
	client   *http.Client
	clock    time.Time
	page     string // the last one
	path     string // of it
	code     int
}

// visits brings somebody who has no account.
func visits(t *testing.T) *person {
	t.Helper()
	p := &person{T: t, fake: &fake{}, clock: noon}
	p.login, p.attempt, p.resend = answers{says(waiver())}, answers{says(acceptance())}, answers{says(challenge(events.SMS))}
	p.status = says(challenge(events.TOTP))
	p.user = guard.UserStatus{AllowedFactors: []events.Factor{events.TOTP, events.Email, events.SMS}}
	var err error
	p.platform, err = New(Config{
		Logins: p.fake, Settings: p.fake, Support: p.fake, Approver: p.fake, Inbox: "/inbox", Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return p.clock },
	})
	if err != nil {
		t.Fatal(err)
	}
	p.platform.accounts = account.NewBook(account.Cost{Passes: 1, Memory: 64}) // fast
	p.server = httptest.NewServer(p.platform)
	jar, _ := cookiejar.New(nil)
	p.client = &http.Client{Jar: jar, Transport: &http.Transport{}}
	t.Cleanup(func() {
		p.platform.Close()
		p.client.CloseIdleConnections()
		p.server.Close()
	})
	return p
}

// member brings somebody who has signed up and is in.
func member(t *testing.T) *person {
	t.Helper()
	p := visits(t)
	p.send("/sign-up", "email", email, "password", password)
	p.at("/home")
	return p
}

// holder brings a member with an active app, who has signed out.
func holder(t *testing.T) *person {
	t.Helper()
	p := member(t)
	p.user.Factors = []guard.FactorStatus{{EnrollmentID: "e-1", Factor: events.TOTP, Status: "active", ActivatedAt: noon}}
	p.user.DefaultFactor = events.TOTP
	p.login = answers{says(challenge(events.TOTP))}
	p.send("/sign-out")
	p.at("/sign-in")
	return p
}

// insideHolder brings one who has signed in with the app's code.
func insideHolder(t *testing.T) *person {
	t.Helper()
	p := holder(t)
	p.signIn()
	p.send("/code", "code", "123456")
	p.at("/home")
	return p
}

func (p *person) signIn() {
	p.Helper()
	p.send("/sign-in", "email", email, "password", password)
}

func (p *person) open(path string) {
	p.Helper()
	request, _ := http.NewRequestWithContext(p.Context(), http.MethodGet, p.server.URL+path, nil)
	p.do(request)
}

// send sends a form of names and values.
func (p *person) send(path string, fields ...string) {
	p.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	request, _ := http.NewRequestWithContext(p.Context(), http.MethodPost, p.server.URL+path, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	p.do(request)
}

func (p *person) do(r *http.Request) {
	p.Helper()
	response, err := p.client.Do(r)
	if err != nil {
		p.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		p.Fatal(err)
	}
	p.page, p.path, p.code = string(body), response.Request.URL.Path, response.StatusCode
}

// at ends the test unless the last page is the one and says all of the words.
func (p *person) at(path string, words ...string) {
	p.Helper()
	if p.path != path {
		p.Fatalf("at %s (%d), want %s\n%s", p.path, p.code, path, p.main())
	}
	for _, w := range words {
		if !strings.Contains(p.page, w) {
			p.Fatalf("%s does not say %q\n%s", path, w, p.main())
		}
	}
}

// main is what the page itself says.
func (p *person) main() string {
	_, rest, _ := strings.Cut(p.page, "<main")
	text, _, _ := strings.Cut(rest, "</main>")
	return text
}

// outside ends the test if the person can see what the second factor guards.
func (p *person) outside() {
	p.Helper()
	for _, path := range []string{"/home", "/settings", "/settings/off/totp"} {
		if p.open(path); p.path == path {
			p.Fatalf("%s is open", path)
		}
	}
}

func (p *person) cookie() string {
	u, _ := url.Parse(p.server.URL)
	for _, c := range p.client.Jar.Cookies(u) {
		return c.Value
	}
	return ""
}
