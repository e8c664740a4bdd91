package ledgers_test

import (
	"time"

	"countersign/pkg/events/notification"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/workertest"
)

// idle is whether whatever has not ended waits for the clock: it was cut off, or is to be looked at later than any clock tells.
func (c *course) idle() bool {
	for user, wanted := range c.about() {
		if c.ended[wanted.NotificationID] {
			continue
		}
		s, err := eventstore.Load(c.t.Context(), c.house.Store, stream(c.platform.User(user), wanted), c.fold)
		if err != nil {
			c.t.Fatal(err)
		}
		now := time.Now().Add(c.ahead)
		cut := s.State.Status == notification.StatusSending && s.State.Since.Before(c.since)
		if !cut && !s.State.RetryAt.After(now.Add(time.Minute)) {
			return false
		}
	}
	return len(c.about()) == c.wanted
}

// ends counts the notifications whose end is told.
func (c *course) ends() int {
	last := uint64(c.seen)
	for _, e := range c.house.Heard(func(e workertest.Event) bool { return e.Sequence > last }) {
		c.seen = int(e.Sequence)
		switch e := e.Event.(type) {
		case *notification.Sent:
			c.ended[e.NotificationID] = true
		case *notification.Failed:
			if e.Final {
				c.ended[e.NotificationID] = true
			}
		case *notification.Suppressed:
			c.t.Errorf("%s is suppressed: %s", e.NotificationID, e.Reason)
			c.ended[e.NotificationID] = true
		}
	}
	return len(c.ended)
}

// about is what each user's notification is.
func (c *course) about() map[string]*notification.Requested {
	found := map[string]*notification.Requested{}
	for _, e := range c.house.Heard(workertest.Of(notification.RequestedType)) {
		wanted := e.Event.(*notification.Requested)
		found[wanted.User] = wanted
	}
	return found
}
