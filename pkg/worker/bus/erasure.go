package bus

import (
	"fmt"

	"countersign/pkg/events"
	"github.com/nats-io/nats.go"
)

// erasures is where every process of every worker hears that a user was erased.
var erasures = events.OutSubject("*", "user", "erased", "*")

// OnErasure calls forget for every user who is erased from now on, until the subscription or the connection ends. A durable would tell one
// process of a worker; this tells all, but only those that are connected: what forget drops must die by itself as well.
func OnErasure(c *Conn, forget func(platform, userkey string)) (*nats.Subscription, error) {
	sub, err := c.Subscribe(erasures, func(m *nats.Msg) {
		if s, err := events.ParseSubject(m.Subject); err == nil {
			forget(s.Platform, s.UserKey)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("hear of erasures: %w", err)
	}
	return sub, nil
}
