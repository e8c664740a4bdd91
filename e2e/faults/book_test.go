package faults_test

import (
	"testing"

	"countersign/e2e/faults"
	"countersign/e2e/stranger"
)

// said is an event of verify.
func said(id, cause, fact, sequence string) stranger.Event {
	return stranger.Event{ID: id, Source: "/countersign/verify", Type: "countersign." + fact + ".v1", Cause: cause, Sequence: sequence, Body: "{}"}
}

func saying(e stranger.Event, body string) stranger.Event {
	e.Body = body
	return e
}

func final(id, notification string) stranger.Event {
	e := said(id, "cause", "notification.sent", "2")
	e.Data = stranger.Data{"notification_id": notification, "final": true}
	return e
}

var books = []struct {
	name  string
	asked []faults.Question
	heard []stranger.Event
	want  faults.Tally
}{
	{"everything is answered once", []faults.Question{{ID: "1"}, {ID: "2"}},
		[]stranger.Event{said("a", "1", "challenge.issued", "1"), said("b", "2", "request.rejected", "")}, faults.Tally{Asked: 2}},
	{"an answer comes again", []faults.Question{{ID: "1"}},
		[]stranger.Event{said("a", "1", "challenge.issued", "1"), said("a", "1", "challenge.issued", "1")}, faults.Tally{Asked: 1}},
	{"a refusal that no commit holds is followed by a decision", []faults.Question{{ID: "1", User: "u", Code: "c"}},
		[]stranger.Event{said("a", "1", "request.rejected", ""), said("b", "1", "attempt.accepted", "3")}, faults.Tally{Asked: 1}},
	{"nothing is answered", []faults.Question{{ID: "1"}}, nil, faults.Tally{Asked: 1, Lost: 1}},
	{"an answer comes under two ids", []faults.Question{{ID: "1"}},
		[]stranger.Event{said("a", "1", "challenge.issued", "1"), said("b", "1", "challenge.issued", "2")}, faults.Tally{Asked: 1, Repeated: 1}},
	{"an answer comes again and says something else", []faults.Question{{ID: "1"}},
		[]stranger.Event{said("a", "1", "challenge.issued", "1"), saying(said("a", "1", "challenge.issued", "1"), "{ }")}, faults.Tally{Asked: 1, Repeated: 1}},
	{"a notification ends twice", nil, []stranger.Event{final("a", "n"), final("b", "n")}, faults.Tally{Repeated: 1}},
	{"a code is accepted under two ids", []faults.Question{{ID: "1", User: "u", Code: "c"}, {ID: "2", User: "u", Code: "c"}},
		[]stranger.Event{said("a", "1", "attempt.accepted", "3"), said("b", "2", "attempt.accepted", "4")}, faults.Tally{Asked: 2, Opened: 1}},
	{"a wrong code is accepted", []faults.Question{{ID: "1", User: "u", Code: "c", Wrong: true}},
		[]stranger.Event{said("a", "1", "attempt.accepted", "3")}, faults.Tally{Asked: 1, Opened: 1}},
	{"a wrong code activates", []faults.Question{{ID: "1", User: "u", Code: "c", Wrong: true}},
		[]stranger.Event{said("a", "1", "enrollment.activated", "3")}, faults.Tally{Asked: 1, Opened: 1}},
	{"who has a factor is waived", []faults.Question{{ID: "1", User: "u", Guarded: true}},
		[]stranger.Event{said("a", "1", "challenge.waived", "")}, faults.Tally{Asked: 1, Opened: 1}},
}

func TestTheBookFindsWhatIsLostRepeatedAndOpened(t *testing.T) {
	for _, c := range books {
		t.Run(c.name, func(t *testing.T) {
			b := faults.NewBook()
			for _, q := range c.asked {
				b.Ask(q)
			}
			for _, e := range c.heard {
				b.Hear(e)
			}
			got := b.Balance()
			if len(got.Why) != got.Lost+got.Repeated+got.Opened {
				t.Errorf("%d reasons: %v", len(got.Why), got.Why)
			}
			got.Why = nil
			if got.Asked != c.want.Asked || got.Lost != c.want.Lost || got.Repeated != c.want.Repeated || got.Opened != c.want.Opened {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestAWaiverThatNoCommitHoldsCountsFromWhenItWasAskedForLast(t *testing.T) {
	for _, c := range []struct {
		name     string
		again    bool
		sequence string
		data     stranger.Data
		repeated int
	}{
		{"the question came as another message", true, "", stranger.Data{"login_id": "l", "expires_at": "12:01"}, 0},
		{"the same message came again", false, "", stranger.Data{"login_id": "l", "expires_at": "12:01"}, 1},
		{"a commit holds it", true, "1", stranger.Data{"login_id": "l", "expires_at": "12:01"}, 1},
		{"it says something else", true, "", stranger.Data{"login_id": "other", "expires_at": "12:00"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := faults.NewBook()
			b.Ask(faults.Question{ID: "1"})
			if c.again {
				b.Again("1")
			}
			first := said("a", "1", "challenge.waived", c.sequence)
			first.Data, first.Body = stranger.Data{"login_id": "l", "expires_at": "12:00"}, "first"
			second := saying(first, "second")
			second.Data = c.data
			b.Hear(first)
			b.Hear(second)
			if got := b.Balance(); got.Repeated != c.repeated {
				t.Errorf("got %+v, want %d repeated", got, c.repeated)
			}
		})
	}
}

func TestWhatTheBusNeverTookIsNotLost(t *testing.T) {
	b := faults.NewBook()
	b.Ask(faults.Question{ID: "1"})
	b.Withdraw("1")
	if got := b.Balance(); b.InFlight() != 0 || got.Lost != 0 {
		t.Errorf("%d in flight, %+v", b.InFlight(), got)
	}
}
