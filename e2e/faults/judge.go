package faults

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"countersign/e2e/stranger"
)

// same compares what came twice. An answer that no commit holds is decided anew where its question comes as another message, and counts its
// time from then (ADR 3).
func same(before, now stranger.Event, again bool) bool {
	if before.Body == now.Body {
		return true
	}
	return again && !committed(before) && !committed(now) && reflect.DeepEqual(timeless(before.Data), timeless(now.Data))
}

func timeless(d stranger.Data) stranger.Data {
	d = maps.Clone(d)
	delete(d, "expires_at")
	return d
}

// answered: a refusal that no commit holds may be followed by a decision (ADR 3, ADR 13); a commit's answer stands for ever.
func (b *Book) answered(q *entry, e stranger.Event) {
	if former := slices.IndexFunc(q.answers, committed); former >= 0 && committed(e) {
		b.repeats("%s %s has two answers: %s and %s", q.Fact, q.ID, q.answers[former], e)
	}
	q.answers = append(q.answers, e)
	if len(q.answers) == 1 {
		b.pending--
		q.first <- e
	}
	b.opened(q, e)
}

func committed(e stranger.Event) bool { return e.Sequence != "" }

func (b *Book) opened(q *entry, e stranger.Event) {
	switch fact := e.Fact(); {
	case fact == "challenge.waived" && q.Guarded:
		b.opens("waived for a user who has a factor: %s", e)
	case fact != "attempt.accepted" && fact != "enrollment.activated":
	case q.Wrong:
		b.opens("a wrong code was accepted: %s", e)
	default:
		code := q.User + " " + q.Code
		if by := b.spent[code]; by != "" && by != q.ID {
			b.opens("a code was accepted for %s and for %s: %s", by, q.ID, e)
		}
		b.spent[code] = q.ID
	}
}

// ended: a notification has one end.
func (b *Book) ended(e stranger.Event) {
	if final, _ := e.Data["final"].(bool); !final {
		return
	}
	id := e.Text("notification_id")
	if former := b.ends[id]; former != "" && former != e.ID {
		b.repeats("notification %s ends twice: %s", id, e)
	}
	b.ends[id] = e.ID
}

func (b *Book) repeats(format string, args ...any) {
	b.faulty.Repeated++
	b.faulty.Why = append(b.faulty.Why, fmt.Sprintf(format, args...))
}

func (b *Book) opens(format string, args ...any) {
	b.faulty.Opened++
	b.faulty.Why = append(b.faulty.Why, fmt.Sprintf(format, args...))
}
