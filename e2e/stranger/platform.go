package stranger

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrForbidden says that the server refused a publish or a subscription: the credential has no right to the subject.
var ErrForbidden = errors.New("forbidden by the server")

// A Platform is one connection of a platform.
type Platform struct {
	Name   string
	Source string // ce-source of what it publishes
	Conn   *nats.Conn

	js       jetstream.JetStream
	mu       sync.Mutex
	refusals map[chan error]struct{}
}

// Connect connects as the platform. Options say how to authenticate; without any it is who the server takes strangers for.
func Connect(url, name string, options ...nats.Option) (*Platform, error) {
	p := &Platform{Name: name, Source: "/" + name + "/sign-in", refusals: map[chan error]struct{}{}}
	all := append([]nats.Option{
		nats.Name("stranger"), nats.CustomInboxPrefix("_INBOX." + name),
		nats.MaxReconnects(-1), nats.ReconnectWait(20 * time.Millisecond), nats.ReconnectJitter(0, 0), nats.PermissionErrOnSubscribe(true),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { p.tell(err) }),
	}, options...)
	var err error
	if p.Conn, err = nats.Connect(url, all...); err != nil {
		return nil, fmt.Errorf("connect %s to %s: %w", name, url, err)
	}
	if p.js, err = jetstream.New(p.Conn); err != nil {
		return nil, err
	}
	return p, nil
}

// Close is how a platform dies: whatever was for it is lost.
func (p *Platform) Close() { p.Conn.Close() }

// UserKey names a user in subjects: 130 bits of SHA-256 of platform, NUL and user, in base32.
func UserKey(platform, user string) string {
	sum := sha256.Sum256([]byte(platform + "\x00" + user))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:26]
}

// NewID is a name that nobody used before.
func NewID(prefix string) string { return prefix + strings.ToLower(rand.Text()) }

// Publish waits until the bus has confirmed m. That the server refuses it is an error as well.
func (p *Platform) Publish(ctx context.Context, m *nats.Msg) (*jetstream.PubAck, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer p.watch(func(refusal error) {
		if strings.Contains(refusal.Error(), `"`+m.Subject+`"`) {
			cancel(fmt.Errorf("%w: %w", ErrForbidden, refusal))
		}
	})()
	ack, err := p.js.PublishMsg(ctx, m)
	if cause := context.Cause(ctx); errors.Is(cause, ErrForbidden) {
		return nil, fmt.Errorf("publish on %s: %w", m.Subject, cause)
	}
	return ack, err
}

// Subscribe fails where the server refuses the subscription.
func (p *Platform) Subscribe(ctx context.Context, subject string) error {
	sub, err := p.Conn.SubscribeSync(subject)
	if err != nil {
		return err
	}
	defer func() { _ = sub.Unsubscribe() }()
	if err := p.Conn.FlushWithContext(ctx); err != nil { // the server answers in order: a refusal is known by then
		return err
	}
	if _, err := sub.NextMsg(time.Millisecond); errors.Is(err, nats.ErrPermissionViolation) {
		return fmt.Errorf("subscribe to %s: %w: %w", subject, ErrForbidden, err)
	}
	return nil
}

// watch hands over what the server refuses from now on.
func (p *Platform) watch(hear func(error)) (stop func()) {
	heard, done := make(chan error, 16), make(chan struct{})
	p.mu.Lock()
	p.refusals[heard] = struct{}{}
	p.mu.Unlock()
	go func() {
		defer close(done)
		for err := range heard {
			hear(err)
		}
	}()
	return func() {
		p.mu.Lock()
		delete(p.refusals, heard)
		close(heard)
		p.mu.Unlock()
		<-done
	}
}

func (p *Platform) tell(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for heard := range p.refusals {
		select {
		case heard <- err:
		default:
		}
	}
}
