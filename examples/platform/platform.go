// Package platform is a small web platform whose second factor is Countersign: sign up, sign in, security settings, and what to
// do about a lost device. It is what a platform's
// engineers read first, and what `countersign dev` shows.
//
//   - It speaks to the bus by countersign/pkg/events/client alone, in the roles login and settings; its support desk has two more.
//   - A login is let in only by client.Login.Passed. No answer is no; what became of a login is asked with LoginStatus.
//   - Users are known to the bus by random ids. Accounts and sessions are in memory alone: a restart forgets them.
//   - Every page works without JavaScript. The panel beside it shows the events that each click causes, and no secret.
package platform

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"countersign/examples/platform/internal/account"
	"countersign/examples/platform/internal/session"
)

// Config is what a Platform is made of.
type Config struct {
	Logins   Logins   // required: a *client.Client in the role login
	Settings Settings // required: a *client.Client in the role settings; may be the same
	Support  Support  // a *client.Client in the role support; nil: there is no support desk
	Approver Approver // a *client.Client in the role approver; likewise
	Brand    string   // for people; default Acme
	Inbox    string   // where mails and texts can be read, such as /inbox; empty: nowhere
	HTTPS    bool     // people reach it over HTTPS alone
	Log      *slog.Logger
	Now      func() time.Time // default time.Now
}

const (
	idle         = 30 * time.Minute
	life         = 12 * time.Hour
	mostSessions = 10_000
)

// A Platform serves the pages. It is safe for concurrent use.
type Platform struct {
	conf     Config
	accounts *account.Book
	sessions *session.Store[visit]
	handler  http.Handler
	closed   chan struct{}
}

// New makes a platform without users; it does not ask the bus anything. Close it before the http.Server that serves it.
func New(c Config) (*Platform, error) {
	if c.Logins == nil || c.Settings == nil {
		return nil, errors.New("make platform: Logins and Settings are required")
	}
	c.Brand = cmp.Or(c.Brand, "Acme")
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	p := &Platform{conf: c, accounts: account.NewBook(account.OWASP()), closed: make(chan struct{})}
	p.sessions = session.NewStore(session.Options[visit]{
		Cookie: cookieName(c.HTTPS), Secure: c.HTTPS, Idle: idle, Life: life, Most: mostSessions, Now: c.Now, Ended: (*visit).end,
	})
	p.handler = p.routes()
	return p, nil
}

// cookieName has browsers hold a cookie to HTTPS and to this host where that is possible.
func cookieName(https bool) string {
	if https {
		return "__Host-platform"
	}
	return "platform"
}

func (p *Platform) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

// Close ends the live panels, which would hold up a server that shuts down, and every session.
func (p *Platform) Close() {
	close(p.closed)
	p.sessions.Close()
}
