package platform

import (
	"bufio"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/guard"
)

func TestEveryAnswerIsGuarded(t *testing.T) {
	p := insideHolder(t)
	for _, path := range []string{"/", "/home", "/settings", "/nowhere", "/assets/platform.css", "/assets/platform.js", "/assets/icon.svg"} {
		response, err := p.client.Get(p.server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		h := response.Header
		if h.Get("Content-Security-Policy") != policy || h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "same-origin" ||
			h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", path, h)
		}
	}
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, part) || strings.Contains(policy, "unsafe") {
			t.Errorf("policy %q", policy)
		}
	}
}

func TestAFormOfAnotherSiteIsRefused(t *testing.T) {
	p := insideHolder(t)
	for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		request, _ := http.NewRequest(http.MethodPost, p.server.URL+"/settings/first", strings.NewReader(url.Values{"factor": {"sms"}}.Encode()))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set(name, value)
		if p.do(request); p.code != http.StatusForbidden {
			t.Errorf("%s %s: %d", name, value, p.code)
		}
	}
}

func TestAHugeFormIsRefused(t *testing.T) {
	p := visits(t)
	p.send("/sign-in", "email", strings.Repeat("a", maxBody+1))
	if p.code != http.StatusBadRequest {
		t.Errorf("answered %d", p.code)
	}
}

func TestCodesAndPasswordsAreOnNoPage(t *testing.T) {
	const code = "739182739182" // longer than a time's fraction
	p := holder(t)
	p.signIn()
	p.send("/code", "code", code)
	p.open("/home")
	p.at("/home", "attempt.submitted", "•••")
	for _, secret := range []string{code, password} {
		if contains(p.page, secret) {
			t.Errorf("the page shows %q", secret)
		}
	}
}

func TestAFormThatIsSentTwiceAtOnceIsWorkedOnOnce(t *testing.T) {
	p := holder(t)
	p.signIn()
	const times = 4
	var arrived sync.WaitGroup
	arrived.Add(times)
	p.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			arrived.Done()
		}
		p.platform.ServeHTTP(w, r)
	})
	p.attempt = answers{func(loginID string) (client.Login, error) {
		arrived.Wait() // the others are there, and must wait
		return says(acceptance())(loginID)
	}}
	var sending sync.WaitGroup
	for range times {
		sending.Go(func() {
			response, err := p.client.PostForm(p.server.URL+"/code", url.Values{"code": {"123456"}})
			if err == nil {
				_ = response.Body.Close()
			}
		})
	}
	sending.Wait()
	if n := count[*guard.AttemptSubmitted](p.fake); n != 1 {
		t.Errorf("the code was submitted %d times", n)
	}
}

// stream opens the live panel and returns its lines.
func (p *person) stream(after string) (*http.Response, *bufio.Scanner) {
	p.Helper()
	response, err := p.client.Get(p.server.URL + "/live?after=" + after)
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() { _ = response.Body.Close() })
	return response, bufio.NewScanner(response.Body)
}

// until reads on to a line with the words.
func until(lines *bufio.Scanner, words string) bool {
	for lines.Scan() {
		if strings.Contains(lines.Text(), words) {
			return true
		}
	}
	return false
}

func TestThePanelIsLive(t *testing.T) {
	p := insideHolder(t)
	_, lines := p.stream("0")
	if !until(lines, "attempt.submitted") {
		t.Fatal("what the page may have missed is not sent")
	}
	p.happens("1", "", &guard.FactorLocked{User: "u-1", Factor: events.TOTP, Until: noon.Add(30 * time.Second), Reason: guard.WrongCodes})
	if !until(lines, "Looks at no code for 30 seconds") {
		t.Fatal("what happens now is not sent")
	}
	p.platform.sessions.Close() // signs everybody out
	p.happens("2", "", &guard.FactorUnlocked{User: "u-1", By: "s-1"})
	for lines.Scan() {
	} // ends
}

func TestThePanelOfNobodyIsNotAskedForAgain(t *testing.T) {
	p := visits(t)
	if response, _ := p.stream("0"); response.StatusCode != http.StatusNoContent {
		t.Errorf("answered %d", response.StatusCode)
	}
}

func TestBeforeTheSecondFactorThePanelShowsThisLoginAlone(t *testing.T) {
	p := holder(t)
	p.signIn()
	p.happens("1", p.loginID(), challenge(events.TOTP))
	p.happens("2", "another login", &guard.CodeReuseDetected{User: "u-1", FirstLoginID: "l-1", LoginID: "l-2"})
	p.open("/code")
	p.at("/code", "Asks for a code from your authenticator app")
	if contains(p.page, "tried in another") {
		t.Error("it shows what happened in another login")
	}
}

func TestACloseEndsLivePanels(t *testing.T) {
	p := visits(t)
	p.send("/sign-up", "email", email, "password", password)
	_, lines := p.stream("0")
	if !until(lines, "login.started") {
		t.Fatal("nothing is sent")
	}
	close(p.platform.closed)
	for lines.Scan() {
	} // ends, or the server could not shut down
	p.platform.closed = make(chan struct{}) // for the test's own end
}
