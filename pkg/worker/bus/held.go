package bus

import (
	"context"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go"

	"countersign/pkg/worker/failpoint"
	"countersign/pkg/worker/trace"
)

// A held message is ours until the bus is told what became of it.
type held struct {
	sub     *subscription
	queue   queue
	behind  *held     // in that queue
	begun   time.Time // in a crowd: when it was handed out
	reply   string    // where its acknowledgement goes
	d       Delivery
	arrived time.Time // here, by this machine's clock
	pending uint64    // messages behind it when it was delivered
	verdict verdict
	settled atomic.Bool
}

// A verdict is what the bus is told. The disposition sets it before Watermill acknowledges.
type verdict struct {
	terminate string        // reason: never again
	retry     time.Duration // when given back; 0: by the count of deliveries
}

// heldOf returns the message behind a handler's context; nil where the Subscriber did not make it.
func heldOf(ctx context.Context) *held {
	h, _ := trace.Message(ctx).(*held)
	return h
}

// newHeld returns nil for what is no delivery of a consumer.
func newHeld(s *subscription, m *nats.Msg) *held {
	meta, err := m.Metadata()
	if err != nil {
		return nil
	}
	return &held{sub: s, reply: m.Reply, arrived: time.Now(), pending: meta.NumPending, d: Delivery{
		Subject: m.Subject, Header: m.Header, Body: m.Data,
		Stored: meta.Timestamp, Sequence: meta.Sequence.Stream, Deliveries: meta.NumDelivered,
	}}
}

// run offers the message to the subscription's reader and returns when it is settled.
func (h *held) run() {
	defer h.sub.release(h)
	ctx, cancel := h.sub.context(h)
	defer cancel()
	m := h.message(ctx)
	select {
	case <-h.sub.closing:
		h.giveBack(0)
		return
	default:
	}
	select {
	case h.sub.out <- m:
	case <-h.sub.closing:
		h.giveBack(0)
		return
	}
	select {
	case <-m.Acked():
		h.acknowledge()
	case <-m.Nacked():
		h.giveBack(orDefault(h.verdict.retry, backoff(h.d.Deliveries)))
	case <-h.sub.closing:
		h.abandon(m)
	}
}

// abandon gives back what a handler may still be at work on, unless it is done already.
func (h *held) abandon(m *message.Message) {
	select {
	case <-m.Acked():
		h.acknowledge()
	default:
		h.giveBack(0)
	}
}

// message is the delivery as Watermill carries it: one value of each header, and an id.
func (h *held) message(ctx context.Context) *message.Message {
	if h.sub.bare {
		return message.NewMessageWithContext(ctx, "", h.d.Body)
	}
	m := message.NewMessageWithContext(ctx, h.id(), h.d.Body)
	for k, v := range h.d.Header {
		if len(v) > 0 {
			m.Metadata[k] = v[0]
		}
	}
	return m
}

func (h *held) id() string {
	if id := h.d.Header.Get(headerUUID); id != "" {
		return id
	}
	return h.sub.durable + "-" + strconv.FormatUint(h.d.Sequence, 10)
}

func (h *held) acknowledge() {
	if reason := h.verdict.terminate; reason != "" {
		h.settle("+TERM " + reason)
		return
	}
	failpoint.At(failpoint.Handled)
	h.settle("+ACK")
	failpoint.At(failpoint.Settled)
}

// giveBack with no delay is for messages that nobody here has looked at: another replica takes them at once.
func (h *held) giveBack(after time.Duration) {
	if after <= 0 {
		h.settle("-NAK")
		return
	}
	h.sub.gaveBack(h)
	h.settle(`-NAK {"delay": ` + strconv.FormatInt(int64(after), 10) + `}`)
}

// settle never fails for good: what the bus did not hear is delivered again.
func (h *held) settle(word string) {
	if h.settled.Swap(true) {
		return
	}
	if err := h.sub.conn.Publish(h.reply, []byte(word)); err != nil {
		h.sub.log.WarnContext(trace.About(h.sub.ctx, h), "tell the bus what became of a message", "durable", h.sub.durable, "sequence", h.d.Sequence, "error", err)
	}
}

// keep tells the bus that the message is still ours.
func (h *held) keep() {
	if !h.settled.Load() {
		_ = h.sub.conn.Publish(h.reply, []byte("+WPI"))
	}
}
