package dead

import (
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
)

// A Letter is what is told of one in clear. Its texts are safe to print: what no printable header holds is left out.
type Letter struct {
	Sequence   uint64    `json:"sequence"` // in MFA_DEAD
	Died       time.Time `json:"died"`
	Platform   string    `json:"platform"`
	Worker     string    `json:"worker"` // that could not handle it
	Type       string    `json:"type"`   // <entity>.<fact>
	Reason     string    `json:"reason"`
	Deliveries uint64    `json:"deliveries"`
	UserKey    string    `json:"userkey,omitempty"`
	Subject    string    `json:"subject"` // where it was published
	Stored     time.Time `json:"stored"`  // when the bus stored it there
	ID         string    `json:"ce_id,omitempty"`
	Source     string    `json:"ce_source,omitempty"`
	Replays    uint64    `json:"replays,omitempty"`        // how often it was published again before it died here
	Begun      time.Time `json:"replay_begun,omitzero"`    // a replay whose end is not known
	Cut        string    `json:"cut_from_bytes,omitempty"` // its whole length, where only a part was kept
	Size       int       `json:"sealed_bytes"`             // of the sealed body
	CEType     string    `json:"ce_type,omitempty"`        // as its sender named it
	place      string    // subject in MFA_DEAD
	mark       uint64    // sequence of the replay's mark; 0: none
	header     nats.Header
	sealed     []byte
}

func letterOf(m *jetstream.RawStreamMsg) Letter {
	l := Letter{
		Sequence: m.Sequence, Died: m.Time.UTC(), place: m.Subject, header: m.Header, sealed: m.Data, Size: len(m.Data),
		Reason: m.Header.Get(bus.HeaderDeadReason), Subject: m.Header.Get(bus.HeaderDeadSubject), UserKey: m.Header.Get(bus.HeaderDeadUserKey),
		ID: m.Header.Get("ce-id"), Source: m.Header.Get("ce-source"), CEType: m.Header.Get("ce-type"), Cut: m.Header.Get(bus.HeaderDeadCut),
	}
	if p := strings.Split(m.Subject, "."); len(p) == 6 {
		l.Platform, l.Worker, l.Type = p[1], p[3], p[4]+"."+p[5]
	}
	l.Deliveries, _ = strconv.ParseUint(m.Header.Get(bus.HeaderDeadDeliveries), 10, 64)
	l.Replays, _ = strconv.ParseUint(m.Header.Get(bus.HeaderDeadReplays), 10, 64)
	l.Stored, _ = time.Parse(time.RFC3339Nano, m.Header.Get(bus.HeaderDeadStoredAt))
	if s, err := events.ParseSubject(l.Subject); l.UserKey == "" && err == nil && s.UserKey != events.NoUser {
		l.UserKey = s.UserKey // of a release that did not write it
	}
	for _, text := range []*string{&l.Reason, &l.Subject, &l.UserKey, &l.ID, &l.Source, &l.CEType, &l.Cut} {
		*text = printable(*text)
	}
	return l
}

// printable: a letter may have been written by somebody who wants to write on the operator's terminal.
func printable(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) < 0 && len(text) <= 512 {
		return text
	}
	return events.Redacted
}

// note is what is remarkable beside the reason.
func (l Letter) note() string {
	var notes []string
	if l.Replays > 0 {
		notes = append(notes, "died again after "+times(l.Replays, "replay"))
	}
	if !l.Begun.IsZero() {
		notes = append(notes, "replay begun "+l.Begun.Format(time.RFC3339)+", end unknown")
	}
	if l.Cut != "" {
		notes = append(notes, "cut")
	}
	return strings.Join(notes, "; ")
}

func times(n uint64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.FormatUint(n, 10) + " " + thing + "s"
}

// line names the letter in what a replay or a discard tells.
func (l Letter) line() string {
	id := l.ID
	if id == "" {
		id = "no ce-id"
	}
	return "letter " + strconv.FormatUint(l.Sequence, 10) + " (" + l.Platform + ", " + l.Worker + ", " + l.Type + ", " + id + ")"
}
