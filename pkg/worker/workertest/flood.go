package workertest

import (
	"encoding/json"
	"slices"
	"time"

	"countersign/pkg/events"
)

const flood = 12

// Flood publishes events about the user that change nothing, as fast as it can, and then each twice more, the last first. It fails the test unless
// each has one answer, which says what is wanted, and no two of the commits that they made in the user's stream of a kind are of one second.
func (p *Platform) Flood(u User, kind, want string, next func(i int) events.Event) {
	h := p.house
	h.t.Helper()
	before := len(u.Commits(kind))
	sent := make([]Sent, flood)
	for i := range sent {
		sent[i] = p.Send(next(i))
	}
	for _, s := range slices.Backward(append(sent, sent...)) {
		if is := said(p.Answer(s.ID)); is != want {
			h.t.Errorf("%s is answered by %s, want %s", s.Subject, is, want)
		}
		p.Publish(s)
	}
	h.Quiet()
	for _, s := range sent {
		if n := len(p.Answers(s.ID)); n != 1 {
			h.t.Errorf("%s has %d answers", s.Subject, n)
		}
	}
	p.spaced(u, kind, before)
}

// spaced holds the commits of a flood, all but those of before, to one a second.
func (p *Platform) spaced(u User, kind string, before int) {
	p.house.t.Helper()
	made := u.Commits(kind)[before:]
	for i := range made {
		if i > 0 && made[i].At.Sub(made[i-1].At) < time.Second {
			p.house.t.Errorf("%s and %s, which change nothing, are both kept within a second", made[i-1].Events[0].Type, made[i].Events[0].Type)
		}
	}
}

// said is the code or the reason of an answer, else its name.
func said(e Event) string {
	var why struct{ Code, Reason string }
	_ = json.Unmarshal(e.Envelope.Data, &why) // an answer without them leaves both empty
	if text := why.Code + why.Reason; text != "" {
		return text
	}
	return e.Envelope.Type
}
