// Package sink is the development end of the line: an SMTP server, a stand-in of Twilio's API, and the inbox in which what they
// take can be read. `countersign dev` and the tests speak to it exactly as production speaks to real providers.
//
// It keeps messages, and so their codes, in memory alone: nothing here is written to a disk or a log, and a restart forgets
// everything. It is not for production: whoever reaches the inbox reads every code.
package sink

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// The channels of a Message, as the contract names them.
const (
	Email = "email"
	SMS   = "sms"
)

// DefaultLimit is how many messages an Inbox holds before it drops the oldest.
const DefaultLimit = 500

// ErrClosed is what Wait gives when the inbox closes first.
var ErrClosed = errors.New("inbox closed")

// A Message is one mail or text as its recipient would see it. Its JSON form is the list at /inbox.json.
type Message struct {
	ID      string    `json:"id"`      // unique within this inbox and across restarts
	Channel string    `json:"channel"` // Email or SMS
	To      string    `json:"to"`      // the envelope's recipient, or an E.164 number
	Subject string    `json:"subject"` // decoded; empty for a text
	Text    string    `json:"text"`
	HTML    string    `json:"html"` // empty for a text
	At      time.Time `json:"at"`   // when it was taken

	ReturnPath string `json:"-"` // the envelope's sender, where a mail that cannot be delivered after all comes back to
}

// LogValue keeps the address and the code out of logs.
func (m Message) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", m.ID), slog.String("channel", m.Channel))
}

// InboxOptions sets up an Inbox. The zero value is a good one.
type InboxOptions struct {
	Limit int              // messages held; 0 means DefaultLimit
	Now   func() time.Time // nil means time.Now
	Home  string           // page that the messages come from, such as "/"; the inbox links to it. Empty: there is none
}

// An Inbox is a bounded list of messages in memory, safe for concurrent use. When it is full the oldest message goes.
type Inbox struct {
	limit int
	now   func() time.Time
	home  string

	mu       sync.Mutex
	messages []Message
	watchers map[chan struct{}]struct{}
	closed   bool
}

// NewInbox returns an empty inbox.
func NewInbox(o InboxOptions) *Inbox {
	if o.Limit <= 0 {
		o.Limit = DefaultLimit
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Inbox{limit: o.Limit, now: o.Now, home: o.Home, watchers: map[chan struct{}]struct{}{}}
}

// Add takes m and returns it with an ID and a time, where it had none.
func (b *Inbox) Add(m Message) Message {
	if m.ID == "" {
		m.ID = rand.Text()
	}
	if m.At.IsZero() {
		m.At = b.now().UTC()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.messages = append(b.messages, m)
	if over := len(b.messages) - b.limit; over > 0 {
		b.messages = slices.Delete(b.messages, 0, over)
	}
	for changed := range b.watchers {
		signal(changed)
	}
	return m
}

func signal(changed chan struct{}) {
	select {
	case changed <- struct{}{}:
	default: // one signal waits already, and says the same
	}
}

// List returns what is held, oldest first; never nil.
func (b *Inbox) List() []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Message{}, b.messages...)
}

// Wait returns the oldest message that matches, at once if it is held already, else as soon as it comes.
func (b *Inbox) Wait(ctx context.Context, match func(Message) bool) (Message, error) {
	changed, cancel := b.Subscribe()
	defer cancel()
	for {
		messages := b.List()
		if i := slices.IndexFunc(messages, match); i >= 0 {
			return messages[i], nil
		}
		select {
		case <-ctx.Done():
			return Message{}, ctx.Err()
		case _, open := <-changed:
			if !open {
				return Message{}, ErrClosed
			}
		}
	}
}

// Subscribe returns a channel that holds a signal whenever messages came since the last one was taken; signals are merged, so
// a slow reader costs nobody anything. The channel is closed by cancel and by Close.
func (b *Inbox) Subscribe() (changed <-chan struct{}, cancel func()) {
	own := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		close(own)
		return own, func() {}
	}
	b.watchers[own] = struct{}{}
	return own, func() { b.unsubscribe(own) }
}

func (b *Inbox) unsubscribe(own chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, held := b.watchers[own]; held {
		delete(b.watchers, own)
		close(own)
	}
}

// Close ends every Wait and every live page, which would otherwise hold up an http.Server that shuts down. Messages stay.
func (b *Inbox) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	for own := range b.watchers {
		close(own)
	}
	clear(b.watchers)
}
