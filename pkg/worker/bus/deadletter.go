package bus

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"countersign/pkg/events"
	"countersign/pkg/events/seal"
)

// Headers of a dead letter.
const (
	HeaderDeadReason     = "dead-reason"     // a written constant
	HeaderDeadSubject    = "dead-subject"    // where it was published
	HeaderDeadDeliveries = "dead-deliveries" // how often it was delivered
	HeaderDeadStoredAt   = "dead-stored-at"  // when the bus stored it, RFC 3339
	HeaderDeadCut        = "dead-cut"        // bytes of the body, of which only the first are kept because the bus takes no more
	HeaderDeadUserKey    = "dead-userkey"    // whom it is about, where that can be read
	HeaderDeadReplays    = "dead-replays"    // how often it was published again; the message that is published again has it as well
)

const (
	deadMargin = 4 << 10 // of a message, for headers and seal
	deadValue  = 256     // most bytes of a header's value
)

// keptHeaders are what a dead letter keeps in clear: what a replay and its search need. A ce-subject is not among them: it
// may be an address. Headers that command the bus cannot be: the list names what is kept, not what is dropped.
var keptHeaders = []string{"ce-specversion", "ce-id", "ce-source", "ce-type", "ce-time", "ce-datacontenttype", "content-type", "traceparent"}

// ownHeaders are kept of what workers said alone: a platform could write anything there.
var ownHeaders = []string{"ce-causationid", "ce-correlationid", "ce-sequence", "ce-policyhash"}

// deadLetter seals what was received. A repeat, after a crash before the bus was told, has the same id.
func (r *Router) deadLetter(h *held, reason string) (Outgoing, error) {
	t := r.rows[h.sub.topic]
	subject := events.DeadSubject(platformOf(h.d.Subject), r.conf.Worker, t.Entity, t.Fact)
	header := nats.Header{
		HeaderDeadReason:     {reason},
		HeaderDeadSubject:    {h.d.Subject},
		HeaderDeadDeliveries: {strconv.FormatUint(h.d.Deliveries, 10)},
		HeaderDeadStoredAt:   {h.d.Stored.UTC().Format(time.RFC3339Nano)},
	}
	h.d.describe(header)
	body := h.d.Body
	if most := int(h.sub.conn.MaxPayload()) - deadMargin; len(body) > most {
		header[HeaderDeadCut] = []string{strconv.Itoa(len(body))}
		body = body[:most]
	}
	sealed, err := seal.SealBytes(r.conf.DeadLetterKey, deadPlace(subject, header), body)
	if err != nil {
		return Outgoing{}, fmt.Errorf("seal dead letter: %w", err)
	}
	id := strings.Join([]string{"dead", h.sub.stream, h.sub.durable, strconv.FormatUint(h.d.Sequence, 10)}, "/")
	return Outgoing{Subject: subject, MsgID: id, Header: header, Body: sealed}, nil
}

// OpenDeadLetter returns the body as it was received, of a message of MFA_DEAD as it stands there.
func OpenDeadLetter(k seal.PrivateKey, subject string, header nats.Header, body []byte) ([]byte, error) {
	return k.OpenBytes(deadPlace(subject, header), body)
}

// deadPlace binds the body to where it lies and to where it came from.
func deadPlace(subject string, header nats.Header) []byte {
	return []byte(subject + "\x00" + header.Get(HeaderDeadSubject) + "\x00" + header.Get(HeaderDeadStoredAt))
}

// describe says in clear what can be said of a message: its envelope, whom it is about, how often it was published again.
func (d *Delivery) describe(letter nats.Header) {
	keepHeaders(letter, d.Header, keptHeaders)
	if n, err := strconv.ParseUint(d.Header.Get(HeaderDeadReplays), 10, 16); err == nil {
		letter[HeaderDeadReplays] = []string{strconv.FormatUint(n, 10)}
	}
	s, err := events.ParseSubject(d.Subject)
	if err != nil {
		return
	}
	if s.Direction != events.In {
		keepHeaders(letter, d.Header, ownHeaders)
	}
	if key := d.userKey(s); key != "" && key != events.NoUser {
		letter[HeaderDeadUserKey] = []string{key}
	}
}

func keepHeaders(to, from nats.Header, names []string) {
	for name, values := range from {
		for _, kept := range names {
			if strings.EqualFold(name, kept) && len(values) == 1 && len(values[0]) <= deadValue && printable(values[0]) {
				to[kept] = values
			}
		}
	}
}

func printable(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// platformOf is the subject's second token; every subject of the streams has one.
func platformOf(subject string) string {
	_, rest, _ := strings.Cut(subject, ".")
	platform, _, _ := strings.Cut(rest, ".")
	return platform
}
