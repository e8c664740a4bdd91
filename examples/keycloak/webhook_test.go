package keycloak_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"countersign/e2e/stranger"
	"countersign/examples/keycloak"
	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/guard"
)

type (
	object     = map[string]any
	stdRequest = http.Request
)

const username = "jane.canary@example.org" // must not be on the bus

// login is Keycloak's event as its EventRepresentation has it.
func login(user, session string) object {
	return object{
		"id": stranger.NewID(""), "time": time.Now().UnixMilli(), "type": "LOGIN", "realmId": realm, "clientId": "shop", "userId": user,
		"sessionId": session, "ipAddress": "192.0.2.7",
		"details": object{"auth_method": "openid-connect", "username": username, "code_id": session},
	}
}

func with(e object, name string, value any) object {
	e[name] = value
	return e
}

// raw is what a listener sends that passes Keycloak's events on as they are.
func raw(e object) []byte {
	body, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return body
}

// unified is what a listener sends that has one shape for events of users and of administrators.
func unified(e object) []byte {
	return raw(object{
		"uid": e["id"], "time": e["time"], "type": "access." + e["type"].(string), "realmId": e["realmId"], "details": e["details"],
		"authDetails": object{"realmId": "acme", "clientId": e["clientId"], "userId": e["userId"], "sessionId": e["sessionId"], "ipAddress": e["ipAddress"]},
	})
}

var shapes = map[string]func(object) []byte{"as Keycloak has it": raw, "unified": unified}

func sign(body []byte, with string) string {
	mac := hmac.New(sha256.New, []byte(with))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

func send(t *testing.T, to http.Handler, body []byte, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, keycloak.WebhookPath, bytes.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	to.ServeHTTP(w, r)
	return w
}

// want sends a signed webhook.
func want(t *testing.T, status int, body []byte) {
	t.Helper()
	if w := send(t, adapter.Config.Handler, body, "X-Keycloak-Signature", sign(body, secret)); w.Code != status {
		t.Errorf("got %d %s, want %d", w.Code, w.Body, status)
	}
}

// stands asks as an application does.
func stands(t *testing.T, user, session string) (s keycloak.Standing) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, adapter.URL+keycloak.StatusPath, bytes.NewReader(raw(object{"user": user, "session": session})))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	response, err := adapter.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, _ := io.ReadAll(response.Body)
	if err := json.Unmarshal(body, &s); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %v", response.Status, body, err)
	}
	return s
}

// issued counts the challenges of a user, and searches all that happened for what must not be there.
func issued(t *testing.T, user string) (n int) {
	t.Helper()
	p, err := stranger.Connect(house.Bus, "acme")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	answer, err := p.Call(ctx, "user.timeline", object{"user": user, "limit": 500})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(answer.Body), username) || strings.Contains(string(answer.Body), user+"-1") {
		t.Error("a name or a session's id is kept")
	}
	ids := map[string]bool{}
	for _, one := range answer.Data["events"].([]any) {
		e := one.(object)
		if e["type"] == guard.ChallengeIssuedType {
			ids[e["data"].(object)["challenge_id"].(string)] = true
		}
	}
	return len(ids)
}

func TestForgedAndMalformedWebhooksChangeNothing(t *testing.T) {
	p := anybody(t)
	good := raw(login(p.id, "s-1"))
	for name, c := range map[string]struct {
		body   []byte
		header []string
		status int
	}{
		"no signature":               {good, nil, 401},
		"an empty one":               {good, []string{"X-Keycloak-Signature", ""}, 401},
		"that of another secret":     {good, []string{"X-Keycloak-Signature", sign(good, "another secret")}, 401},
		"that of another body":       {good, []string{"X-Keycloak-Signature", sign(raw(login(p.id, "s-2")), secret)}, 401},
		"half of the right one":      {good, []string{"X-Keycloak-Signature", sign(good, secret)[:32]}, 401},
		"no hex":                     {good, []string{"X-Keycloak-Signature", "sha256=zz"}, 401},
		"a token where none is kept": {good, []string{"Authorization", "Bearer "}, 401},
		"the applications' token":    {good, []string{"Authorization", "Bearer " + token}, 401},
		"malformed and not signed":   {[]byte("{"), nil, 401},
		"no JSON":                    {[]byte("{"), nil, 400},
		"a list":                     {[]byte("[]"), nil, 400},
		"another object":             {[]byte(`{"hello":"world"}`), nil, 400},
		"no user":                    {raw(with(login("", "s-1"), "userId", nil)), nil, 400},
		"no session":                 {raw(login(p.id, "")), nil, 400},
		"no time":                    {raw(with(login(p.id, "s-1"), "time", 0)), nil, 400},
		"a time that is text":        {raw(with(login(p.id, "s-1"), "time", "now")), nil, 400},
		"a session without end":      {raw(login(p.id, strings.Repeat("s", 257))), nil, 400},
		"a user without end":         {raw(login(strings.Repeat("u", 257), "s-1")), nil, 400},
		"another realm":              {raw(with(login(p.id, "s-1"), "realmId", "master")), nil, 403},
		"a body without end":         {bytes.Repeat([]byte(" "), 64<<10+1), nil, 413},
	} {
		t.Run(name, func(t *testing.T) {
			if c.status != 401 {
				c.header = []string{"X-Keycloak-Signature", sign(c.body, secret)}
			}
			w := send(t, adapter.Config.Handler, c.body, c.header...)
			if w.Code != c.status || strings.Contains(w.Body.String(), username) {
				t.Errorf("got %d %s, want %d", w.Code, w.Body, c.status)
			}
		})
	}
	if s := stands(t, p.id, "s-1"); s.State != guard.Unknown {
		t.Errorf("a login began: %+v", s)
	}
}

func TestWhatIsNoLoginIsAcknowledgedAndLeftAlone(t *testing.T) {
	p := anybody(t)
	for _, kind := range []string{"LOGIN_ERROR", "LOGOUT", "CODE_TO_TOKEN", "CLIENT_LOGIN", "access.LOGIN_ERROR", "admin.USER-CREATE"} {
		want(t, 204, raw(with(login(p.id, "s-1"), "type", kind)))
	}
	if s := stands(t, p.id, "s-1"); s.State != guard.Unknown {
		t.Errorf("a login began: %+v", s)
	}
}

// A silence is a bus that confirms nothing and a verify that says nothing.
type silence struct{ end, login error }

func (s silence) Login(context.Context, *guard.LoginStarted, ...client.Option) (client.Login, error) {
	return client.Login{}, s.login
}

func (s silence) LoginStatus(context.Context, string, string) (client.Login, error) {
	return client.Login{LoginStatus: guard.LoginStatus{State: guard.Unknown}}, nil
}

func (s silence) Of(context.Context, string) ([]keycloak.Session, error) {
	return []keycloak.Session{{ID: "s-1", Start: time.Now()}}, nil
}

func (s silence) End(context.Context, string) error { return s.end }

func TestNothingIsAcknowledgedThatHasHadNoEffect(t *testing.T) {
	for name, c := range map[string]struct {
		faults silence
		status int
	}{
		"nobody answers":                             {silence{login: client.ErrNoAnswer}, 503},
		"the bus forbids it":                         {silence{login: client.ErrForbidden}, 503},
		"refused, and Keycloak cannot be reached":    {silence{end: errors.New("away"), login: &events.Rejection{Code: events.RateLimited}}, 503},
		"refused, and the session is ended":          {silence{login: &events.Rejection{Code: events.RateLimited}}, 204},
		"answered, however Keycloak's admin API may": {silence{end: errors.New("away")}, 204},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := keycloak.New(keycloak.Config{
				Logins: c.faults, Sessions: c.faults, Realm: realm, Webhook: keycloak.Credential{Token: events.NewSecret(token)},
				Asking: keycloak.Credential{Token: events.NewSecret("another token")},
			})
			if err != nil {
				t.Fatal(err)
			}
			if w := send(t, a, raw(login("u-1", "s-1")), "Authorization", "Bearer "+token); w.Code != c.status {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
		})
	}
}

func TestOnlyApplicationsLearnWhereALoginStands(t *testing.T) {
	for name, c := range map[string]struct {
		header, body string
		status       int
	}{
		"nobody":           {"", `{"user":"u-1","session":"s-1"}`, 401},
		"a guess":          {"Bearer guess", `{"user":"u-1","session":"s-1"}`, 401},
		"without a user":   {"Bearer " + token, `{"session":"s-1"}`, 400},
		"without anything": {"Bearer " + token, ``, 400},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, keycloak.StatusPath, strings.NewReader(c.body))
			r.Header.Set("Authorization", c.header)
			w := httptest.NewRecorder()
			if adapter.Config.Handler.ServeHTTP(w, r); w.Code != c.status {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
		})
	}
}
