package bus

import (
	"context"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go"
)

// headerUUID carries the UUID of a Watermill message.
const headerUUID = "watermill-uuid"

// A Messages is a Publisher as Watermill wants it: the topic is the subject, the metadata are its headers. Repeats of a UUID
// on one topic are dropped within the stream's duplicate window. Closing it closes nothing: it ends with its connection.
type Messages struct{ Publisher *Publisher }

var _ message.Publisher = Messages{}

// Publish returns when the bus has stored all messages.
func (m Messages) Publish(topic string, messages ...*message.Message) error {
	if len(messages) == 0 {
		return nil
	}
	out := make([]Outgoing, len(messages))
	for i, msg := range messages {
		out[i] = Outgoing{Subject: topic, MsgID: topic + "/" + msg.UUID, Header: headers(msg), Body: msg.Payload}
	}
	_, err := m.Publisher.Publish(context.WithoutCancel(messages[0].Context()), out)
	return err
}

// Close is there for Watermill.
func (Messages) Close() error { return nil }

func headers(m *message.Message) nats.Header {
	h := make(nats.Header, len(m.Metadata)+1)
	for k, v := range m.Metadata {
		h[k] = []string{v}
	}
	h[headerUUID] = []string{m.UUID}
	return h
}
