package main

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
)

func testScribe(t *testing.T) scribe {
	inTools(t)
	return newScribe(catalog.New(), goldens)
}

// Each type that a fold takes is left out of the histories in turn.
func TestATypeThatNoHistoryHasIsNamed(t *testing.T) {
	s := testScribe(t)
	for _, of := range streams() {
		held := of.holds(s.registry.Types())
		if len(held) < 5 || slices.ContainsFunc(held, func(t events.Type) bool { return t.Direction == events.In }) {
			t.Errorf("%s holds %d types", of.Kind, len(held))
		}
		for _, row := range held {
			_, err := s.chapter(of.without(factName(row)))
			if err == nil || !strings.Contains(err.Error(), "no history has "+factName(row)+":") {
				t.Errorf("%s without %s: %v", of.Kind, factName(row), err)
			}
		}
	}
}

// without leaves one fact out of every history.
func (s stream) without(name string) stream {
	s.machines = slices.Clone(s.machines)
	for i, m := range s.machines {
		s.machines[i].histories = nil
		for _, h := range m.histories {
			h = slices.Clone(h)
			for n := range h {
				h[n].told = slices.DeleteFunc(slices.Clone(h[n].told), func(w written) bool { return w.name == name })
			}
			s.machines[i].histories = append(s.machines[i].histories, h)
		}
	}
	return s
}

func TestThePicturesFollowFromTheFold(t *testing.T) {
	s := testScribe(t)
	deaf := fold[guard.State]{
		evolve: func(s guard.State, e events.Event, at time.Time) (guard.State, error) {
			if _, ok := e.(*guard.AttemptAccepted); ok {
				return s, nil
			}
			return guard.Evolve(s, e, at)
		},
		status: func(s guard.State, _ time.Time) string { l, _ := s.Login(theLogin); return string(l.State) },
	}
	for name, c := range map[string]struct {
		machine machine
		want    bool
	}{
		"guard's fold":               {streams()[0].machines[0], true},
		"a fold that accepts nobody": {deaf.machine("A login", "", loginHistories()), false},
	} {
		d, err := s.draw(c.machine)
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Contains(d.Arrows, arrow{"challenged", "attempt.accepted", "accepted"}); got != c.want {
			t.Errorf("%s: an arrow to accepted: %t", name, got)
		}
	}
}

func TestEveryStatusIsReached(t *testing.T) {
	s := testScribe(t)
	w, err := readWords(sources)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		machine machine
		status  reflect.Type
	}{
		{streams()[0].machines[0], reflect.TypeFor[guard.LoginState]()},
		{streams()[1].machines[0], reflect.TypeFor[enrollment.Status]()},
		{streams()[2].machines[0], reflect.TypeFor[notification.Status]()},
	} {
		all, err := c.machine.transitions(s)
		if err != nil || len(w.of(c.status)) < 2 {
			t.Fatalf("machine %d: %v, %d words", i, err, len(w.of(c.status)))
		}
		for _, word := range w.of(c.status) {
			if !slices.ContainsFunc(all, func(t transition) bool { return t.from == word.text || t.to == word.text }) {
				t.Errorf("%s is never %s", c.machine.Name, word.text)
			}
		}
	}
}

func TestTimeChangesWhatIsReadAndNotWhoDidIt(t *testing.T) {
	s := testScribe(t)
	lock := streams()[0].machines[2]
	locked, unlocked := at(0, said("factor.locked")), at(2*time.Hour, said("factor.unlocked"))
	lock.histories = []history{{locked, comes("its end", time.Hour), unlocked}, {locked, unlocked}}
	got, err := lock.transitions(s)
	if err != nil {
		t.Fatal(err)
	}
	want := []transition{
		{from: "free", to: "waiting", facts: []fact{{"factor.locked", []string{"wrong_codes"}, true}}},
		{from: "waiting", to: "free", note: "its end"},
		{from: "free", to: "free", facts: []fact{{"factor.unlocked", nil, false}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestAHistoryThatCannotBeIsAnError(t *testing.T) {
	s := testScribe(t)
	for name, c := range map[string]struct {
		told written
		want string
	}{
		"an event that is not valid":       {said("attempt.accepted", change{"expires_at": nil}), "expires_at"},
		"an event that no stream holds":    {said("login.started"), "unknown"},
		"an event of another stream":       {said("notification.sent"), "fold notification.sent"},
		"an event of another user":         {said("challenge.waived", change{"user": "another"}), "another user"},
		"an event with another type of id": {said("challenge.waived", change{"login_id": 7}), "login_id"},
	} {
		m := streams()[0].machines[0]
		m.histories = []history{{issued(), at(0, c.told)}}
		if _, err := m.transitions(s); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLinksLeadToHeadings(t *testing.T) {
	inTools(t)
	catalogue, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	headings := map[string]bool{}
	for _, h := range regexp.MustCompile(`(?m)^##+ (.*)$`).FindAllStringSubmatch(string(catalogue), -1) {
		headings[strings.ReplaceAll(anchor(strings.ToLower(h[1])), " ", "-")] = true
	}
	pictures, err := streamsPage(catalog.New())
	if err != nil {
		t.Fatal(err)
	}
	links := regexp.MustCompile(`events\.md#([^)]+)`).FindAllStringSubmatch(string(pictures), -1)
	if len(links) < 50 {
		t.Errorf("%d links", len(links))
	}
	for _, l := range links {
		if !headings[l[1]] {
			t.Errorf("events.md has no heading for #%s", l[1])
		}
	}
}
