// Package keycloak stands between Keycloak and Countersign: what Keycloak's event listener tells by webhook becomes login.started, and a
// login whose second factor fails ends the Keycloak session that it was for.
//
//   - A webhook is acknowledged once the bus has confirmed the login and verify has answered it; before, Keycloak has to send it again.
//     Sent again it has no second effect.
//   - A webhook that nobody signed changes nothing.
//   - Nothing is kept here. The name of a login follows from the session's; which session a failed login was for, Keycloak is asked.
//     Neither a session's id nor a user's name goes over the bus.
//   - A login counts as passed by verify's primary record alone. No answer is no.
//
// Keycloak tells of a login when its session is open already. Until the second factor has passed, applications must not trust it: they
// ask StatusPath, with what the ID token says (sub, sid).
package keycloak

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"countersign/pkg/events/client"
	"countersign/pkg/events/guard"
)

// Logins is what the adapter needs of Countersign; *client.Client has it.
type Logins interface {
	Login(ctx context.Context, e *guard.LoginStarted, options ...client.Option) (client.Login, error)
	LoginStatus(ctx context.Context, user, loginID string) (client.Login, error)
}

// Sessions is what the adapter needs of Keycloak; *Admin has it.
type Sessions interface {
	Of(ctx context.Context, user string) ([]Session, error) // those of a user that is gone: none
	End(ctx context.Context, session string) error          // that is gone already is no error
}

// A Session is one of Keycloak's.
type Session struct {
	ID    string
	Start time.Time
}

// Config is what an Adapter is made of; all fields but Latest and Now are required.
type Config struct {
	Logins   Logins
	Sessions Sessions
	Realm    string        // the realm's id, as events name it
	Webhook  Credential    // of Keycloak
	Asking   Credential    // of the applications that ask where a login stands; its Secret is not used
	Latest   time.Duration // how old a login may be when it is told; default 1 minute: later nobody waits for a code
	Now      func() time.Time
}

// Paths of the adapter.
const (
	WebhookPath = "/keycloak"
	StatusPath  = "/login-status"
	HealthPath  = "/healthz"
)

// An Adapter is an http.Handler, and Record is to hear the platform's events. It is safe for concurrent use.
type Adapter struct {
	conf Config
	mux  *http.ServeMux
}

// New checks the configuration.
func New(c Config) (*Adapter, error) {
	if c.Logins == nil || c.Sessions == nil || c.Realm == "" || c.Webhook.none() || c.Asking.Token.IsZero() {
		return nil, errors.New("make adapter: Logins, Sessions, Realm, Webhook and Asking.Token are required")
	}
	if c.Latest <= 0 {
		c.Latest = time.Minute
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	a := &Adapter{conf: c, mux: http.NewServeMux()}
	a.mux.HandleFunc("POST "+WebhookPath, a.webhook)
	a.mux.HandleFunc("POST "+StatusPath, a.status)
	a.mux.HandleFunc("GET "+HealthPath, func(http.ResponseWriter, *http.Request) {})
	return a, nil
}

func (a *Adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// take tells Countersign of a login. Everything else that Keycloak tells is not for it.
func (a *Adapter) take(ctx context.Context, e event) error {
	if !e.login {
		return nil
	}
	started := e.started()
	if a.conf.Now().Sub(e.at) > a.conf.Latest {
		return a.settle(ctx, started.User, started.LoginID)
	}
	_, err := a.conf.Logins.Login(ctx, started, client.WithID(e.causeID()))
	if refused(err) { // rate_limited, or wrong_state where the session had its login before
		return a.settle(ctx, started.User, started.LoginID)
	}
	return err
}

// Record ends the session of a login that has failed: for client.Listen. It may come twice, late and in any order.
func (a *Adapter) Record(ctx context.Context, r client.Record) error {
	closed, ok := r.Event.(*guard.ChallengeClosed)
	if !ok || !strings.HasPrefix(closed.LoginID, loginPrefix) {
		return nil
	}
	return a.settle(ctx, closed.User, closed.LoginID)
}

// settle ends the session of a login unless the primary record says that the login stands. A record from history is a hint only.
func (a *Adapter) settle(ctx context.Context, user, loginID string) error {
	l, err := a.conf.Logins.LoginStatus(ctx, user, loginID)
	if err != nil {
		return err
	}
	switch l.State {
	case guard.Accepted, guard.Waived, guard.Challenged, guard.EnrollmentNeeded:
		return nil
	}
	if err := a.end(ctx, user, loginID); err != nil {
		return fmt.Errorf("end session of login %s: %w", loginID, err)
	}
	return nil
}

func (a *Adapter) end(ctx context.Context, user, loginID string) error {
	all, err := a.conf.Sessions.Of(ctx, user)
	if err != nil {
		return err
	}
	for _, s := range all {
		if LoginID(a.conf.Realm, s.ID) == loginID {
			return a.conf.Sessions.End(ctx, s.ID)
		}
	}
	return nil
}

// stands says where the login of a session stands. Of a user without any factor and any history verify keeps no record; and the webhook may be
// on its way yet. Then Keycloak's own word, that the session has just begun, begins the login.
func (a *Adapter) stands(ctx context.Context, user, session string) (client.Login, error) {
	loginID := LoginID(a.conf.Realm, session)
	l, err := a.conf.Logins.LoginStatus(ctx, user, loginID)
	if err != nil || l.State != guard.Unknown {
		return l, err
	}
	all, err := a.conf.Sessions.Of(ctx, user)
	begun := func(s Session) bool { return s.ID == session && a.conf.Now().Sub(s.Start) <= a.conf.Latest }
	if err != nil || !slices.ContainsFunc(all, begun) {
		return l, err
	}
	if now, err := a.conf.Logins.Login(ctx, &guard.LoginStarted{User: user, LoginID: loginID, Purpose: guard.ForLogin}); !refused(err) {
		return now, err
	}
	return l, nil
}
