package crowd

import (
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
)

// Source is the platform's ce-source.
const Source = "/acme/login"

// Attempt is the message by which the user's right code is submitted.
func (u User) Attempt(at time.Time) (*nats.Msg, error) {
	return u.Message(u.AttemptID(), at, &guard.AttemptSubmitted{
		User: u.ID, ChallengeID: u.Challenge, Code: events.NewSecret(u.Code(at)),
	})
}

// LoginStarted is the message before it.
func (u User) LoginStarted(at time.Time) (*nats.Msg, error) {
	return u.Message(u.LoginID(), at, &guard.LoginStarted{User: u.ID, LoginID: u.Login})
}

// AttemptID and LoginID are the ce-ids of the two.
func (u User) AttemptID() string { return u.named("attempt-of-") }
func (u User) LoginID() string   { return u.named("start-of-") }

// Message is one of an event of the user's.
func (u User) Message(id string, at time.Time, e events.Event) (*nats.Msg, error) {
	data, _, err := events.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", e.EventType(), err)
	}
	header, body, err := events.Encode(events.Envelope{ID: id, Source: Source, Type: e.EventType(), Time: at, Data: data})
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", e.EventType(), err)
	}
	entity, fact, _, err := events.ParseName(e.EventType())
	return &nats.Msg{Subject: events.InSubject(Platform, entity, fact), Header: header, Data: body}, err
}
