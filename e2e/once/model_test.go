package once_test

import (
	"errors"
	"os"
	"slices"
	"testing"

	"countersign/e2e/once"
)

// A moment is that at which an attempt begins, or one that has begun is answered.
type moment struct {
	id      string
	verdict once.Verdict // "": it begins
	event   string
}

func asks(id string) moment                       { return moment{id: id} }
func hears(id string, v once.Verdict) moment      { return moment{id, v, id + string(v)} }
func hearsOther(id string, v once.Verdict) moment { return moment{id, v, "other"} }

var (
	twice     = []once.Promise{once.AcceptedOnce}
	otherwise = []once.Promise{once.AnsweredAlike}
	both      = once.Promises()
)

var told = []struct {
	name   string
	story  []moment
	broken []once.Promise
}{
	{"one of two at once is accepted", []moment{asks("a"), asks("b"), hears("b", once.Spent), hears("a", once.Accepted)}, nil},
	{"both of two at once are accepted", []moment{asks("a"), asks("b"), hears("b", once.Accepted), hears("a", once.Accepted)}, twice},
	{"one is accepted after another was", []moment{asks("a"), hears("a", once.Accepted), asks("b"), hears("b", once.Accepted)}, twice},
	{"none is accepted and none is told that the code is spent", []moment{asks("a"), asks("b"), hears("a", once.Refused), hears("b", once.Refused)}, nil},
	{"one is told that the code is spent, which nobody spent", []moment{asks("a"), hears("a", once.Spent)}, twice},
	{"one is told that the code is spent before anybody asked who spent it", []moment{asks("a"), hears("a", once.Spent), asks("b"), hears("b", once.Accepted)}, twice},
	{"the one accepted asks again and is accepted", []moment{asks("a"), hears("a", once.Accepted), asks("b"), hears("b", once.Spent), asks("a"), hears("a", once.Accepted)}, nil},
	{"the one accepted asks again and is told that the code is spent", []moment{asks("a"), hears("a", once.Accepted), asks("a"), hears("a", once.Spent)}, both},
	{"the one accepted asks again and is refused", []moment{asks("a"), hears("a", once.Accepted), asks("a"), hears("a", once.Refused)}, both},
	{"one refused asks again and is accepted", []moment{asks("a"), hears("a", once.Refused), asks("a"), hears("a", once.Accepted)}, both},
	{"the same verdict comes with another event", []moment{asks("a"), hears("a", once.Accepted), asks("a"), hearsOther("a", once.Accepted)}, otherwise},
	{"an attempt sent twice at once hears two refusals", []moment{asks("a"), asks("a"), hears("a", once.Refused), hearsOther("a", once.Refused)}, otherwise},
}

func TestWhatAHistoryTells(t *testing.T) {
	for _, c := range told {
		t.Run(c.name, func(t *testing.T) {
			h, open := once.NewHistory(), map[string][]func(once.Answer){}
			for _, m := range c.story {
				if m.verdict == "" {
					open[m.id] = append(open[m.id], h.Begin(once.Attempt{Code: "c", ID: m.id}))
					continue
				}
				open[m.id][0](once.Answer{Verdict: m.verdict, Event: m.event})
				open[m.id] = open[m.id][1:]
			}
			for _, p := range once.Promises() {
				if slices.Contains(c.broken, p) {
					breaks(t, h, p)
				} else if err := h.Check(p, t.TempDir(), thinking); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// breaks holds that a history breaks a promise, and that whoever reads of it finds it drawn.
func breaks(t *testing.T, h *once.History, want once.Promise) {
	t.Helper()
	err := h.Check(want, t.TempDir(), thinking)
	breach, broken := errors.AsType[*once.Breach](err)
	if !broken || breach.Promise != want {
		t.Fatalf("got %v, want a breach of %q", err, want)
	}
	if picture, err := os.Stat(breach.Picture); err != nil || picture.Size() == 0 {
		t.Errorf("nothing is drawn: %v", err)
	}
}
