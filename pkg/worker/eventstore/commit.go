package eventstore

import (
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"
)

// A Commit is what one decision left behind: its events and the state after them, written at once.
type Commit struct {
	Stream  Stream
	Version uint64          // 1 for the first; unique within Stream: the optimistic lock
	Cause   Cause           // unique within Stream: a redelivery is harmless
	Digest  string          // keyed hash of the cause's content: the same id with other content is told apart
	At      time.Time       // when the bus stored the cause, at least the version before's; UTC, to the nanosecond
	Policy  string          // hash of the policy that it was decided under; "" for none
	User    string          // the whole user id, the same in every commit of a stream: userkeys of two users could collide
	Fold    int             // number of the fold that made State
	State   json.RawMessage // after Events; nil once a later version is published, or is there, as the store likes
	Events  []Event
	Timers  []Timer
	// Published is set once the bus has confirmed every event, and BusSequence is a number that it has given, and none of theirs is higher; 0
	// where there was nothing to publish.
	Published   bool
	BusSequence uint64
}

// An Event is one fact as the stream keeps it. JSON is compact, as encoding/json writes it.
type Event struct {
	ID     string          `json:"id"`               // follows from the cause
	Type   string          `json:"type"`             // wire name
	Data   json.RawMessage `json:"data,omitempty"`   // as it is published
	Record json.RawMessage `json:"record,omitempty"` // what only the stream keeps; nil for none
}

// A Timer is an event that the stream's owner is to receive when At has come.
type Timer struct {
	ID   string          `json:"id"`   // follows from the cause; unique within its commit
	Type string          `json:"type"` // wire name
	At   time.Time       `json:"at"`
	Data json.RawMessage `json:"data,omitempty"`
}

// A Mark says that a commit is published.
type Mark struct {
	Stream      Stream
	Version     uint64
	BusSequence uint64 // as of Commit
}

// A DueTimer is a timer with the commit that set it.
type DueTimer struct {
	Stream  Stream
	Version uint64
	Timer   Timer
}

// Fired says that a timer's message has had its effect.
type Fired struct {
	Stream  Stream
	Version uint64
	TimerID string
}

const (
	// MaxCommit bounds Commit.Size, in bytes.
	MaxCommit = 256 << 10
	// MaxVersion bounds Commit.Version: stores write versions with twelve digits.
	MaxVersion = 999_999_999_999
)

// overhead is what a commit, an event or a timer takes beside its texts, roughly.
const overhead = 64

// Size is what the commit takes in a store, in bytes: its texts and a fixed sum for each commit, event and timer.
func (c Commit) Size() int { return c.size(len(c.Cause.Key())) }

func (c Commit) size(cause int) int {
	n := overhead + c.Stream.length() + cause + len(c.Digest) + len(c.Policy) + len(c.User) + len(c.State)
	for _, e := range c.Events {
		n += overhead + len(e.ID) + len(e.Type) + len(e.Data) + len(e.Record)
	}
	for _, t := range c.Timers {
		n += overhead + len(t.ID) + len(t.Type) + len(t.Data)
	}
	return n
}

// Check says whether a store takes the commit; stores call it before they write.
func (c Commit) Check() error {
	if err := c.Stream.check(); err != nil {
		return err
	}
	cause := len(c.Cause.Key())
	switch size := c.size(cause); {
	case size > MaxCommit:
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, size, MaxCommit)
	case cause > MaxCause:
		return fmt.Errorf("%w: its cause has %d bytes, at most %d", ErrTooLarge, cause, MaxCause)
	case c.Version < 1 || c.Version > MaxVersion:
		return fmt.Errorf("version %d is not within 1 and %d", c.Version, MaxVersion)
	case c.Cause.ID == "" || c.User == "" || len(c.State) == 0:
		return fmt.Errorf("version %d lacks its cause, user or state", c.Version)
	}
	return c.checkParts()
}

// checkParts finds what one store would keep and another refuse.
func (c Commit) checkParts() error {
	ok := storable(c.At) && utf8.Valid(c.State) && utf8.ValidString(c.User) && utf8.ValidString(c.Digest) && utf8.ValidString(c.Policy)
	for _, e := range c.Events {
		ok = ok && e.ID != "" && e.Type != "" && utf8.Valid(e.Data) && utf8.Valid(e.Record)
	}
	for _, t := range c.Timers {
		ok = ok && t.ID != "" && t.Type != "" && storable(t.At) && utf8.Valid(t.Data)
	}
	if !ok {
		return fmt.Errorf("version %d holds a text that is not UTF-8, a time outside 1970 to 2200, or an event or timer without id or type", c.Version)
	}
	return nil
}

// storable is what fits into nanoseconds since 1970 as 64 bits, with room to spare.
func storable(t time.Time) bool { return t.Year() >= 1970 && t.Year() < 2200 }
