package keycloak

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"countersign/pkg/events"
)

const (
	maxAnswer = 1 << 20
	early     = 10 * time.Second // before its end a token is not used any more
)

// AdminConfig says which realm of which Keycloak, and as whom. The client is a confidential one of the realm, whose service account has the roles
// view-users and manage-users of realm-management.
type AdminConfig struct {
	URL      string // https://host[/path], without /admin and /realms
	Realm    string // its name
	ClientID string
	Secret   events.Secret
	Timeout  time.Duration // of one request; default 5 s
}

// An Admin ends sessions by Keycloak's admin REST API. It is safe for concurrent use.
type Admin struct {
	conf  AdminConfig
	http  *http.Client
	mu    sync.Mutex
	token events.Secret
	until time.Time
}

// NewAdmin asks nobody anything.
func NewAdmin(c AdminConfig) *Admin {
	if c.Timeout <= 0 {
		c.Timeout = 5 * time.Second
	}
	c.URL = strings.TrimSuffix(c.URL, "/")
	// A redirect would take the credential to wherever it points.
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Admin{conf: c, http: &http.Client{Timeout: c.Timeout, CheckRedirect: stay, Transport: http.DefaultTransport.(*http.Transport).Clone()}}
}

// Close drops idle connections.
func (a *Admin) Close() { a.http.CloseIdleConnections() }

// Of are the user's sessions; none where Keycloak does not know the user.
func (a *Admin) Of(ctx context.Context, user string) ([]Session, error) {
	var told []struct {
		ID    string `json:"id"`
		Start int64  `json:"start"` // milliseconds since 1970
	}
	if err := a.do(ctx, http.MethodGet, "/users/"+url.PathEscape(user)+"/sessions", &told); err != nil {
		return nil, err
	}
	var all []Session
	for _, s := range told {
		all = append(all, Session{ID: s.ID, Start: time.UnixMilli(s.Start)})
	}
	return all, nil
}

// End ends a session. One that is gone already is no error.
func (a *Admin) End(ctx context.Context, session string) error {
	return a.do(ctx, http.MethodDelete, "/sessions/"+url.PathEscape(session), nil)
}

// do asks once more with a new token where the one that it has is not taken: Keycloak forgets them when its keys change.
func (a *Admin) do(ctx context.Context, method, path string, answer any) error {
	for again := false; ; again = true {
		token, err := a.bearer(ctx, again)
		if err != nil {
			return fmt.Errorf("get a token of realm %s: %w", a.conf.Realm, err)
		}
		request, err := http.NewRequestWithContext(ctx, method, a.conf.URL+"/admin/realms/"+url.PathEscape(a.conf.Realm)+path, nil)
		if err != nil {
			return err
		}
		request.Header.Set("Authorization", "Bearer "+token.Reveal())
		status, err := a.send(request, answer)
		if status == http.StatusUnauthorized && !again {
			continue
		}
		if status == http.StatusNotFound {
			return nil
		}
		return err
	}
}

// bearer is the token in use, or a new one.
func (a *Admin) bearer(ctx context.Context, fresh bool) (events.Secret, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !fresh && time.Now().Before(a.until) {
		return a.token, nil
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {a.conf.ClientID}, "client_secret": {a.conf.Secret.Reveal()}}
	path := a.conf.URL + "/realms/" + url.PathEscape(a.conf.Realm) + "/protocol/openid-connect/token"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, path, strings.NewReader(form.Encode()))
	if err != nil {
		return events.Secret{}, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var answer struct {
		Token   string `json:"access_token"`
		Seconds int    `json:"expires_in"`
	}
	if _, err := a.send(request, &answer); err != nil {
		return events.Secret{}, err
	}
	if answer.Token == "" {
		return events.Secret{}, errors.New("the answer has no access_token")
	}
	a.token = events.NewSecret(answer.Token)
	a.until = time.Now().Add(time.Duration(answer.Seconds)*time.Second - early)
	return a.token, nil
}

// send reads a 2xx into answer. What else Keycloak says stays out of the error: it may name the user.
func (a *Admin) send(request *http.Request, answer any) (status int, err error) {
	response, err := a.http.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return 0, err
	}
	if response.StatusCode/100 != 2 {
		return response.StatusCode, fmt.Errorf("%s: Keycloak answers %s", request.Method, response.Status)
	}
	if answer == nil {
		return response.StatusCode, nil
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return 0, errors.New("read answer: it is not the JSON that was expected")
	}
	return response.StatusCode, nil
}
