package bus

import (
	"context"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go"
)

// A Messages is a Publisher as Watermill wants it: the topic is the subject, the message's UUID its id on the bus, the
// metadata its headers. Closing it closes nothing: it ends with its connection.
type Messages struct{ Publisher *Publisher }

var _ message.Publisher = Messages{}

// Publish returns when the bus has stored all messages.
func (m Messages) Publish(topic string, messages ...*message.Message) error {
	if len(messages) == 0 {
		return nil
	}
	out := make([]Outgoing, len(messages))
	for i, msg := range messages {
		out[i] = Outgoing{Subject: topic, MsgID: msg.UUID, Header: headers(msg.Metadata), Body: msg.Payload}
	}
	_, err := m.Publisher.Publish(context.WithoutCancel(messages[0].Context()), out)
	return err
}

// Close is there for Watermill.
func (Messages) Close() error { return nil }

func headers(m message.Metadata) nats.Header {
	h := make(nats.Header, len(m))
	for k, v := range m {
		h[k] = []string{v}
	}
	return h
}
