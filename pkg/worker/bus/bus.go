// Package bus carries messages between platforms and workers over NATS JetStream.
//
// It promises transport, not truth: a message is delivered at least once, in any order, and is acknowledged only after its
// handler has returned nil. Whatever arrives costs its sender only: a message that cannot be handled is retried with a
// bounded delay or kept as a sealed dead letter, and never stops another user's. Once-only is the store's business.
//
// Streams, durable consumers and permissions follow from the registry of event types and from the table of
// subscriptions; nothing is named twice.
package bus

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
)

// A Handler makes a delivery durable. What it returns is the delivery's disposition:
//
//	nil                        acknowledged
//	RetryAfter(d, err)         again after d, at most MaxRetry
//	Discard(reason, err)       kept as a sealed dead letter, then never again
//	any other error            again after 50 ms, doubling to 1 s, with jitter
//	a panic                    the like; a dead letter from the fifth delivery on
//
// ctx ends after Config.Deadline.
type Handler func(ctx context.Context, d *Delivery) error

// A Subscription is one row of a worker's table: the type by wire name and who handles it. Direction, stream, filter and
// the durable's name follow from the registry.
type Subscription struct {
	Name   string // wire name: countersign.<entity>.<fact>.v<version>; all versions of a fact share one durable
	Handle Handler
}

// A Delivery is one message as the bus gave it. A handler must not change it.
type Delivery struct {
	Subject    string
	Header     nats.Header // as received: names in any case, values repeated
	Body       []byte
	Stored     time.Time // when the bus stored it, by the bus's clock: the only now that decides
	Sequence   uint64    // in its stream
	Deliveries uint64    // 1 for the first
}

// An Outgoing is a message to publish.
type Outgoing struct {
	Subject string
	MsgID   string // Nats-Msg-Id: the bus drops repeats within its duplicate window; may be empty
	Header  nats.Header
	Given   bool // Header is the Publisher's to add to: nobody else has it
	Body    []byte
}

// An Answer answers one request about a user of a platform. The result is encoded as JSON. An *events.Rejection becomes the error
// headers of CONTRACT; any other error is logged and told as Unavailable.
type Answer func(ctx context.Context, platform string, request []byte) (any, error)

// An Endpoint is one row of a worker's table of RPCs: mfa.*.rpc.<entity>.<verb>.
type Endpoint struct {
	Entity, Verb string
	Answer       Answer
}
