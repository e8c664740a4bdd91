package client

import (
	"fmt"

	"countersign/pkg/events"
	"github.com/nats-io/nats.go"
)

// Watch hands what happens to one user to handle, one event after the other and as it happens, until stop is called: for a page that
// shows it. Nothing of before is replayed, an event may come twice, and none of them opens a session: what does is the answer to
// Login or Attempt, or LoginStatus.
func (c *Client) Watch(user string, handle func(Record)) (stop func(), err error) {
	subject := events.OutSubject(c.conf.Platform, "*", "*", events.UserKey(c.conf.Platform, user))
	sub, err := c.conf.Conn.Subscribe(subject, func(m *nats.Msg) {
		if r, ok := c.read(m.Subject, m.Header, m.Data); ok {
			handle(r)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", subject, err)
	}
	if err := c.conf.Conn.FlushTimeout(c.conf.Timeout); err != nil {
		_ = sub.Unsubscribe()
		return nil, fmt.Errorf("watch %s: %w", subject, err)
	}
	return func() { _ = sub.Unsubscribe() }, nil
}
