package bus

import (
	"time"

	"countersign/pkg/events"
	"github.com/nats-io/nats.go"
)

// A Scheduled is a message that the bus keeps until it is due and then delivers to the worker that set it.
type Scheduled struct {
	Platform, Worker, Fact string
	ID                     string // scheduling the same id again replaces the former
	At                     time.Time
	Header                 nats.Header
	Body                   []byte
}

// Now is the message as it is delivered, for a timer whose schedule the bus has lost.
func (s Scheduled) Now() []Outgoing {
	return []Outgoing{{
		Subject: events.TimerSubject(s.Platform, s.Worker, s.Fact), MsgID: s.ID, Header: s.Header, Body: s.Body,
	}}
}
