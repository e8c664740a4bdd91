package bus

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
)

// ConnectConfig says how a worker reaches the bus.
type ConnectConfig struct {
	URL    string // comma-separated; not needed with InProcess
	Worker string // the connection's name and the owner of its inboxes

	CredentialsFile string      // user JWT and seed; else User and Password, else nobody
	User, Password  string      // a user of the server's configuration
	TLS             *tls.Config // nil: as the URL says

	InProcess nats.InProcessConnProvider // an embedded server instead of the network
	Logger    *slog.Logger               // required: says what was forbidden, lost and found again
	Options   []nats.Option              // last word
}

// A Conn is a connection that tells a forbidden publish from a slow one.
type Conn struct {
	*nats.Conn
	forbidden *forbidden
}

// InboxPrefix is where replies to a worker arrive. Its underscore keeps it apart from every platform's prefix, because a
// platform is a DNS label: a platform named like a worker must not read that worker's replies.
func InboxPrefix(worker string) string { return "_INBOX._" + worker }

// PlatformInboxPrefix is where replies to a platform arrive, and the only place where its RPCs are answered.
func PlatformInboxPrefix(platform string) string { return "_INBOX." + platform }

// Connect connects and keeps reconnecting for ever. The first connection must succeed within 5 s.
func Connect(c ConnectConfig) (*Conn, error) {
	f := newForbidden(c.Logger)
	nc, err := nats.Connect(c.URL, append(options(c, f), c.Options...)...)
	if err != nil {
		return nil, fmt.Errorf("connect to bus %s: %w", c.URL, err)
	}
	return &Conn{Conn: nc, forbidden: f}, nil
}

func options(c ConnectConfig, f *forbidden) []nats.Option {
	opts := []nats.Option{
		nats.Name("countersign-" + c.Worker),
		nats.CustomInboxPrefix(InboxPrefix(c.Worker)),
		nats.Timeout(5 * time.Second),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(250 * time.Millisecond),
		nats.PingInterval(10 * time.Second),
		nats.MaxPingsOutstanding(2),
		nats.PermissionErrOnSubscribe(true),
		nats.ErrorHandler(f.asyncError),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { lost(c.Logger, err) }),
		nats.ReconnectHandler(func(nc *nats.Conn) { c.Logger.Info("bus found again", "server", nc.ConnectedServerName()) }),
	}
	if c.CredentialsFile != "" {
		opts = append(opts, nats.UserCredentials(c.CredentialsFile))
	}
	if c.User != "" {
		opts = append(opts, nats.UserInfo(c.User, c.Password))
	}
	if c.TLS != nil {
		opts = append(opts, nats.Secure(c.TLS))
	}
	if c.InProcess != nil {
		opts = append(opts, nats.InProcessServer(c.InProcess))
	}
	return opts
}

func lost(log *slog.Logger, err error) {
	if err != nil { // nil: we closed it
		log.Warn("bus lost, reconnecting", "error", err)
	}
}

// asyncError is where the server's word of a forbidden publish arrives: the publish itself would only time out.
func (f *forbidden) asyncError(_ *nats.Conn, sub *nats.Subscription, err error) {
	switch {
	case errors.Is(err, nats.ErrPermissionViolation):
		f.log.Error("the bus forbids it: this credential's permissions lack the subject", "error", err)
		f.tell(err)
	case sub != nil:
		f.log.Warn("bus subscription", "subject", sub.Subject, "error", err)
	default:
		f.log.Warn("bus connection", "error", err)
	}
}
