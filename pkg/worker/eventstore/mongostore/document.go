package mongostore

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"countersign/pkg/worker/eventstore"
)

// A document is a commit as the server keeps it. JSON stays text, byte for byte; times are nanoseconds since 1970 UTC, because a BSON date
// has milliseconds only.
type document struct {
	ID          string  `bson:"_id"` // <stream>#<version in twelve digits>: sorts as the history does
	Platform    string  `bson:"platform"`
	UserKey     string  `bson:"user_key"`
	Stream      string  `bson:"stream"`
	Version     int64   `bson:"version"`
	Cause       string  `bson:"cause"` // eventstore.Cause.Key
	Digest      string  `bson:"digest"`
	At          int64   `bson:"at"`
	Policy      string  `bson:"policy"`
	User        string  `bson:"user"`
	Fold        int     `bson:"fold"`
	State       *string `bson:"state,omitempty"`
	Events      []event `bson:"events"`
	Timers      []timer `bson:"timers,omitempty"`
	Due         []due   `bson:"due,omitempty"`    // of the timers, those that have not fired
	DueAt       int64   `bson:"due_at,omitempty"` // of those, the first: an index on it has no arrays to unfold
	Published   bool    `bson:"published"`
	BusSequence int64   `bson:"bus_sequence"`
}

type event struct {
	ID     string  `bson:"id"`
	Type   string  `bson:"type"`
	Data   *string `bson:"data,omitempty"`
	Record *string `bson:"record,omitempty"`
}

type timer struct {
	ID   string  `bson:"id"`
	Type string  `bson:"type"`
	At   int64   `bson:"at"`
	Data *string `bson:"data,omitempty"`
}

type due struct {
	ID string `bson:"id"`
	At int64  `bson:"at"`
}

func documentID(s eventstore.Stream, version uint64) string { return idIn(s.String(), version) }

// idIn is documentID in a stream whose name is there already.
func idIn(stream string, version uint64) string {
	id := append(make([]byte, 0, eventstore.MaxStream+1+len(noVersion)), stream...)
	id = append(append(id, '#'), noVersion...)
	digits := strconv.AppendUint(make([]byte, 0, len(noVersion)), version, 10)
	copy(id[len(id)-len(digits):], digits)
	return string(id)
}

// noVersion is how many digits a version has.
const noVersion = "000000000000"

func fromCommit(c eventstore.Commit) *document {
	stream := c.Stream.String()
	d := &document{
		ID: idIn(stream, c.Version), Platform: c.Stream.Platform, UserKey: c.Stream.UserKey, Stream: stream,
		Version: int64(c.Version), Cause: c.Cause.Key(), Digest: c.Digest, At: c.At.UnixNano(), Policy: c.Policy, User: c.User,
		Fold: c.Fold, State: text(c.State),
	}
	for _, e := range c.Events {
		d.Events = append(d.Events, event{ID: e.ID, Type: e.Type, Data: text(e.Data), Record: text(e.Record)})
	}
	for _, t := range c.Timers {
		d.Timers = append(d.Timers, timer{ID: t.ID, Type: t.Type, At: t.At.UnixNano(), Data: text(t.Data)})
		d.Due = append(d.Due, due{ID: t.ID, At: t.At.UnixNano()})
		d.DueAt = slices.MinFunc(d.Due, func(a, b due) int { return cmp.Compare(a.At, b.At) }).At
	}
	return d
}

func (d document) commit() (c eventstore.Commit, err error) {
	if c.Stream, err = eventstore.ParseStream(d.Stream); err != nil {
		return c, err
	}
	if c.Cause, err = eventstore.ParseCause(d.Cause); err != nil {
		return c, err
	}
	c.Version, c.Digest, c.At, c.Policy, c.User = uint64(d.Version), d.Digest, instant(d.At), d.Policy, d.User
	c.Fold, c.State, c.Published, c.BusSequence = d.Fold, raw(d.State), d.Published, uint64(d.BusSequence)
	for _, e := range d.Events {
		c.Events = append(c.Events, eventstore.Event{ID: e.ID, Type: e.Type, Data: raw(e.Data), Record: raw(e.Record)})
	}
	for _, t := range d.Timers {
		c.Timers = append(c.Timers, t.timer())
	}
	return c, nil
}

func (t timer) timer() eventstore.Timer {
	return eventstore.Timer{ID: t.ID, Type: t.Type, At: instant(t.At), Data: raw(t.Data)}
}

func instant(nanoseconds int64) time.Time { return time.Unix(0, nanoseconds).UTC() }

func text(j json.RawMessage) *string {
	if j == nil {
		return nil
	}
	s := string(j)
	return &s
}

func raw(s *string) json.RawMessage {
	if s == nil {
		return nil
	}
	return json.RawMessage(*s)
}
