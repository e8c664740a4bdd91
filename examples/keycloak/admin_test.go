package keycloak_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"countersign/examples/keycloak"
	"go.uber.org/goleak"
)

// realmOf starts a stand-in of the test's own.
func realmOf(t *testing.T) (*standIn, *keycloak.Admin) {
	t.Helper()
	own := goleak.IgnoreCurrent()
	s := newStandIn()
	server := httptest.NewServer(s)
	admin := keycloak.NewAdmin(adminOf(server.URL))
	t.Cleanup(func() {
		admin.Close()
		server.Close()
		goleak.VerifyNone(t, own)
	})
	return s, admin
}

func TestOneSessionOfTheUserIsEnded(t *testing.T) {
	s, admin := realmOf(t)
	s.opened("u-1", "s-1", "s-2")
	s.opened("u-2", "s-3")
	for range 2 { // what is gone stays gone
		if err := admin.End(t.Context(), "s-2"); err != nil {
			t.Fatal(err)
		}
	}
	if all, err := admin.Of(t.Context(), "nobody"); err != nil || len(all) != 0 {
		t.Errorf("got %v, %v", all, err)
	}
	if all, err := admin.Of(t.Context(), "u-1"); err != nil || len(all) != 1 || all[0].ID != "s-1" || time.Since(all[0].Start) > time.Hour {
		t.Errorf("got %v, %v", all, err)
	}
	one, _ := s.open("u-1")
	two, _ := s.open("u-2")
	if len(one) != 1 || one[0] != "s-1" || len(two) != 1 || s.tokens != 1 {
		t.Errorf("open are %v and %v, after %d tokens", one, two, s.tokens)
	}
}

func TestATokenThatIsNotTakenAnyMoreIsReplacedOnce(t *testing.T) {
	s, admin := realmOf(t)
	s.opened("u-1", "s-1", "s-2")
	if err := admin.End(t.Context(), "s-1"); err != nil {
		t.Fatal(err)
	}
	s.valid = "" // its keys were changed
	if err := admin.End(t.Context(), "s-2"); err != nil || s.tokens != 2 {
		t.Errorf("%d tokens, %v", s.tokens, err)
	}
	s.breaks(func(r *http.Request) int {
		if strings.HasPrefix(r.URL.Path, "/admin") {
			return http.StatusUnauthorized
		}
		return 0
	})
	if err := admin.End(t.Context(), "s-2"); err == nil || s.tokens != 3 {
		t.Errorf("%d tokens, %v", s.tokens, err)
	}
}

func TestWhatKeycloakRefusesIsAnErrorThatNamesNoSecretAndNoUser(t *testing.T) {
	for name, fault := range map[string]func(*http.Request) int{
		"everything fails":      func(*http.Request) int { return 500 },
		"the client is unknown": func(r *http.Request) int { return on(r, "/realms/", 401) },
		"a role is missing":     func(r *http.Request) int { return on(r, "/admin/", 403) },
		"another address":       func(r *http.Request) int { return on(r, "/admin/", 307) },
	} {
		t.Run(name, func(t *testing.T) {
			s, admin := realmOf(t)
			s.opened("u-1", "s-1")
			s.breaks(fault)
			_, err := admin.Of(t.Context(), "u-1")
			if err == nil || strings.Contains(err.Error(), clientSecret) || strings.Contains(err.Error(), "u-1") || strings.Contains(err.Error(), "token-") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func on(r *http.Request, prefix string, status int) int {
	if strings.HasPrefix(r.URL.Path, prefix) {
		return status
	}
	return 0
}

func TestAKeycloakThatSaysNothingIsGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	mute := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-ctx.Done() }))
	defer mute.Close()
	defer cancel()
	c := adminOf(mute.URL)
	c.Timeout = 50 * time.Millisecond
	admin := keycloak.NewAdmin(c)
	defer admin.Close()
	var late interface{ Timeout() bool }
	if err := admin.End(t.Context(), "s-1"); !errors.As(err, &late) || !late.Timeout() {
		t.Errorf("got %v", err)
	}
}

func TestEverySettingThatIsMissingOrWrongIsToldAtOnce(t *testing.T) {
	_, err := keycloak.Load([]string{"KEYCLOAK_URL=http://login.example.com", "APPLICATION_TOKEN=short", "KEYCLOAK_CLIENT_SECRET_FILE=/none"})
	for _, name := range []string{"PLATFORM", "WEBHOOK_SECRET", "APPLICATION_TOKEN has", "KEYCLOAK_REALM", "KEYCLOAK_URL is not https", "KEYCLOAK_CLIENT_ID", "KEYCLOAK_CLIENT_SECRET_FILE"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not told: %v", name, err)
		}
	}
	s, err := keycloak.Load([]string{
		"PLATFORM=acme", "KEYCLOAK_URL=http://127.0.0.1:8080", "KEYCLOAK_REALM=acme", "KEYCLOAK_CLIENT_ID=c", "KEYCLOAK_CLIENT_SECRET=s",
		"WEBHOOK_TOKEN=" + token, "APPLICATION_TOKEN=" + token,
	})
	if err != nil || s.Listen == "" || s.RealmID != "acme" || s.Webhook.Token.Reveal() != token {
		t.Errorf("got %+v, %v", s, err)
	}
}
