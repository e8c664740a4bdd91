package timeline_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/eventstore"
	"countersign/services/verify/internal/timeline"
)

var noon = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)

// A history is a stream of commits, each at a minute with so many messages.
type history []struct{ minute, messages int }

func (h history) stream(name string) timeline.Stream {
	return timeline.Stream{
		Commits: func(from uint64) iter.Seq2[eventstore.Commit, error] {
			return func(yield func(eventstore.Commit, error) bool) {
				for v := from; v <= uint64(len(h)); v++ {
					if !yield(eventstore.Commit{Version: v, At: noon.Add(time.Duration(h[v-1].minute) * time.Minute)}, nil) {
						return
					}
				}
			}
		},
		Told: func(c eventstore.Commit) (list []events.Envelope, err error) {
			for i := range h[c.Version-1].messages {
				list = append(list, envelope(fmt.Sprintf("%s%d.%d", name, c.Version, i+1), c.At))
			}
			return list, nil
		},
	}
}

func envelope(id string, at time.Time) events.Envelope {
	return events.Envelope{ID: id, Source: "/countersign/verify", Type: "countersign.login.started.v1", Subject: "u", Time: at, Data: json.RawMessage(`{"user":"u"}`)}
}

// all reads page after page.
func all(t *testing.T, streams []timeline.Stream, limit int) (ids []string, pages int) {
	t.Helper()
	for next := ""; ; pages++ {
		after, err := timeline.ParseCursor(next, len(streams))
		if err != nil {
			t.Fatal(err)
		}
		p, err := timeline.Read(streams, after, limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Events) > limit {
			t.Fatalf("%d events of at most %d", len(p.Events), limit)
		}
		ids = append(ids, idsOf(t, p)...)
		if next = p.Next; next == "" {
			return ids, pages + 1
		}
	}
}

func idsOf(t *testing.T, p timeline.Page) (ids []string) {
	t.Helper()
	for _, text := range p.Events {
		e, err := events.Decode(nil, text)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, e.ID)
	}
	return ids
}

var (
	first  = history{{0, 1}, {3, 2}, {3, 0}, {9, 1}}
	second = history{{1, 3}, {3, 1}, {5, 0}}
	want   = strings.Fields("a1.1 b1.1 b1.2 b1.3 a2.1 a2.2 b2.1 a4.1")
)

func TestPagesFollowEachOtherWithoutGapOrRepeat(t *testing.T) {
	for limit := 1; limit <= len(want)+1; limit++ {
		streams := []timeline.Stream{first.stream("a"), second.stream("b"), history{}.stream("c")}
		got, pages := all(t, streams, limit)
		if !slices.Equal(got, want) || pages > len(want)/limit+1 {
			t.Errorf("by %d: %v in %d pages", limit, got, pages)
		}
	}
}

func TestNothingIsMissedWhileStreamsGrow(t *testing.T) {
	streams := []timeline.Stream{first[:2].stream("a"), second[:1].stream("b")}
	page, err := timeline.Read(streams, places(t, "", 2), 5)
	if err != nil || page.Next == "" {
		t.Fatal(page, err)
	}
	got := idsOf(t, page)
	grown := []timeline.Stream{first.stream("a"), history{{1, 3}, {2, 1}}.stream("b")} // older than what was told
	page, err = timeline.Read(grown, places(t, page.Next, 2), 500)
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, idsOf(t, page)...)
	if want := strings.Fields("a1.1 b1.1 b1.2 b1.3 a2.1 b2.1 a2.2 a4.1"); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func places(t *testing.T, text string, n int) []timeline.Place {
	t.Helper()
	p, err := timeline.ParseCursor(text, n)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAPageFitsIntoOneMessage(t *testing.T) {
	large := timeline.Stream{Commits: first.stream("a").Commits, Told: func(c eventstore.Commit) (list []events.Envelope, _ error) {
		for i := range 20 {
			e := envelope(fmt.Sprint(c.Version, ".", i), c.At)
			e.Data, _ = json.Marshal(map[string]string{"user": "u", "note": strings.Repeat("x", 40<<10)})
			list = append(list, e)
		}
		return list, nil
	}}
	next, n := "", 0
	for {
		page, err := timeline.Read([]timeline.Stream{large}, places(t, next, 1), 500)
		if err != nil {
			t.Fatal(err)
		}
		size := 0
		for _, text := range page.Events {
			size += len(text)
		}
		if size > timeline.MaxBytes || len(page.Events) == 0 {
			t.Fatalf("%d bytes in %d events", size, len(page.Events))
		}
		n += len(page.Events)
		if next = page.Next; next == "" {
			break
		}
	}
	if n != 80 {
		t.Errorf("%d events, want 80", n)
	}
}

func TestACursorThatIsNoneIsRefused(t *testing.T) {
	for _, text := range []string{"x", "1.0", "1.0-1.0-1.0", "0.0-1.0", "1.0-1", "-", "1.-1-1.0", "9999999999999999999999.0-1.0", "1.0-1.0 "} {
		var fault *events.FieldError
		if _, err := timeline.ParseCursor(text, 2); !errors.As(err, &fault) || fault.Field != "after" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestAStreamThatCannotBeReadIsNoEnd(t *testing.T) {
	gap := timeline.Stream{Commits: func(uint64) iter.Seq2[eventstore.Commit, error] {
		return func(yield func(eventstore.Commit, error) bool) { yield(eventstore.Commit{}, errors.New("gap")) }
	}}
	if _, err := timeline.Read([]timeline.Stream{first.stream("a"), gap}, places(t, "", 2), 500); err == nil {
		t.Error("a history with a gap was told as whole")
	}
}
