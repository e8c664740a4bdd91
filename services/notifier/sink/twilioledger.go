package sink

import (
	"log/slog"
	"slices"
	"sync"
	"time"
)

// A Text is one row of the stand-in's ledger.
type Text struct {
	SID, Account   string
	To, From       string // E.164; From is empty where a messaging service sends
	Service        string // SID of the messaging service, if one sends
	Body           string
	ValidityPeriod int    // seconds
	StatusCallback string // where its states are reported; empty: nowhere
	Status         string // queued, sent, delivered, undelivered
	ErrorCode      int    // why it is undelivered, else 0
	At             time.Time
}

// LogValue keeps the number and the code out of logs.
func (t Text) LogValue() slog.Value {
	return slog.GroupValue(slog.String("sid", t.SID), slog.String("status", t.Status))
}

// A ledger holds the last texts in memory.
type ledger struct {
	limit int
	mu    sync.Mutex
	texts []Text
}

func (l *ledger) add(t Text) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.texts = append(l.texts, t)
	if over := len(l.texts) - l.limit; over > 0 {
		l.texts = slices.Delete(l.texts, 0, over)
	}
}

// list returns the texts to a number, or all where to is empty.
func (l *ledger) list(to string) []Text {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := slices.Clone(l.texts)
	return slices.DeleteFunc(all, func(t Text) bool { return to != "" && t.To != to })
}

func (l *ledger) mark(sid, status string, code int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.texts {
		if l.texts[i].SID == sid {
			l.texts[i].Status, l.texts[i].ErrorCode = status, code
		}
	}
}
