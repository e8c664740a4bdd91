package siteverify_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/services/recovery/internal/captcha"
	"countersign/services/recovery/internal/captcha/siteverify"
	"countersign/services/recovery/internal/captcha/standin"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var service = siteverify.Service{
	Name: "plain", Endpoint: "https://captcha.invalid/siteverify", Field: "answer",
	Page: func(captcha.Binding) captcha.Page { return captcha.Page{} },
}

func serve(t *testing.T) (*standin.Server, siteverify.Config) {
	t.Helper()
	s := standin.New(standin.Options{Dialect: standin.ReCAPTCHA, Secret: "secret"})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, siteverify.Config{SiteKey: "key", Secret: events.NewSecret("secret"), Hostname: "pages.example", Endpoint: server.URL}
}

func verify(t *testing.T, c siteverify.Config, token, ip string) error {
	t.Helper()
	p, err := siteverify.New(service, c)
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Verify(t.Context(), captcha.Binding{Case: "c", Claim: 1}, url.Values{"answer": {token}}, ip)
	return err
}

func TestTheOwnTimeoutEndsAQuestion(t *testing.T) {
	s, config := serve(t)
	fault, _ := standin.Silence()
	s.Meet(fault)
	config.Timeout = 50 * time.Millisecond
	if err := verify(t, config, "token", ""); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, captcha.ErrRefused) {
		t.Error(err)
	}
	if siteverify.DefaultTimeout != 3*time.Second {
		t.Error("another default than 3 s")
	}
}

func TestAVerdictWithoutEndIsLeftSoon(t *testing.T) {
	s, config := serve(t)
	s.Meet(standin.Endless)
	config.Timeout = time.Minute
	if err := verify(t, config, s.Issue(standin.Solution{Hostname: config.Hostname}), ""); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestAProviderThatIsAwayIsADoubt(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	_, config := serve(t)
	config.Endpoint = server.URL
	server.Close()
	if err := verify(t, config, "token", ""); err == nil || errors.Is(err, captcha.ErrRefused) {
		t.Error(err)
	}
}

func TestAnAddressIsToldWhereThereIsOne(t *testing.T) {
	s, config := serve(t)
	_ = verify(t, config, "token", "192.0.2.1")
	_ = verify(t, config, "token", "")
	asked := s.Asked()
	if asked[0].Get("remoteip") != "192.0.2.1" || asked[1].Has("remoteip") {
		t.Errorf("asked %v", asked)
	}
}

func TestTheHostMayBeWrittenInAnyCase(t *testing.T) {
	s, config := serve(t)
	if err := verify(t, config, s.Issue(standin.Solution{Hostname: "Pages.EXAMPLE"}), ""); err != nil {
		t.Error(err)
	}
}

func TestAQuestionTooLongIsNotAsked(t *testing.T) {
	s, config := serve(t)
	if err := verify(t, config, strings.Repeat("a", 16<<10+1), ""); !errors.Is(err, captcha.ErrRefused) || len(s.Asked()) > 0 {
		t.Errorf("asked %d times: %v", len(s.Asked()), err)
	}
}

func TestEachFaultOfAConfigNamesWhatItIsAbout(t *testing.T) {
	for want, change := range map[string]func(*siteverify.Config){
		"site key: ":       func(c *siteverify.Config) { c.SiteKey = "" },
		"secret: want":     func(c *siteverify.Config) { c.Secret = events.NewSecret("a b") },
		"secret: it is":    func(c *siteverify.Config) { c.Secret = events.NewSecret(c.SiteKey) },
		"hostname: ":       func(c *siteverify.Config) { c.Hostname = "https://pages.example" },
		"timeout: ":        func(c *siteverify.Config) { c.Timeout = -1 },
		"endpoint: ":       func(c *siteverify.Config) { c.Endpoint = "http://captcha.example" },
		"hostname: want t": func(c *siteverify.Config) { c.Hostname = "pages.example:443" },
	} {
		_, config := serve(t)
		change(&config)
		_, err := siteverify.New(service, config)
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", want, err)
		}
	}
}

func TestAllFaultsOfAConfigAreToldAtOnce(t *testing.T) {
	_, err := siteverify.New(service, siteverify.Config{Timeout: -1, Endpoint: "http://captcha.example"})
	if err == nil || strings.Count(err.Error(), "\n") != 4 {
		t.Error(err)
	}
}
