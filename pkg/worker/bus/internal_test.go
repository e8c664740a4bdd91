package bus

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"countersign/pkg/events"
)

func TestLaneKey(t *testing.T) {
	ada := "acme/" + events.UserKey("acme", "ada")
	for _, c := range []struct{ name, subject, body, key string }{
		{"a request in binary mode", "mfa.acme.in.login.started", `{"user":"ada"}`, ada},
		{"a request in structured mode", "mfa.acme.in.login.started", `{"specversion":"1.0","data":{"user":"ada"}}`, ada},
		{"a fact, whose subject says it", "mfa.acme.out.attempt.accepted." + events.UserKey("acme", "ada"), `{`, ada},
		{"a timer", "mfa.acme.timer.verify.expiry_due", `{"user":"ada"}`, ada},
		{"another platform's user of the name", "mfa.globex.in.login.started", `{"user":"ada"}`, "globex/" + events.UserKey("globex", "ada")},
		{"data that is no object beside the user", "mfa.acme.in.login.started", `{"data":7,"user":"ada"}`, ada},
		{"a user that is a number", "mfa.acme.in.login.started", `{"user":7}`, "mfa.acme.in.login.started#9"},
		{"broken JSON", "mfa.acme.in.login.started", `{"user":"ada"`, "mfa.acme.in.login.started#9"},
		{"nothing", "mfa.acme.in.login.started", ``, "mfa.acme.in.login.started#9"},
		{"a fact of nobody, whose data says it", "mfa.acme.out.request.rejected.-", `{"user":"ada"}`, ada},
		{"a body beyond what is read", "mfa.acme.in.login.started", `{"user":"ada","x":"` + strings.Repeat("x", laneKeyBody) + `"}`, "mfa.acme.in.login.started#9"},
		{"another subject", "else.where", `{"user":"ada"}`, "else.where#9"},
	} {
		if key := LaneKey(&Delivery{Subject: c.subject, Body: []byte(c.body), Sequence: 9}); key != c.key {
			t.Errorf("%s: lane %s, want %s", c.name, key, c.key)
		}
	}
}

func TestBackoffDoublesFrom50MillisecondsToASecond(t *testing.T) {
	for n, most := range []time.Duration{100, 100, 200, 400, 800, 1000, 1000, 1000} {
		most *= time.Millisecond
		for range 100 {
			if d := backoff(uint64(n)); d < most/2 || d > most {
				t.Fatalf("after delivery %d: %s, want %s to %s", n, d, most/2, most)
			}
		}
	}
	if d := backoff(1 << 63); d > MaxRetry {
		t.Errorf("after very many: %s", d)
	}
}

func TestClockIsJudgedByWhatIsSure(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		name  string
		bus   time.Duration // against this machine's clock
		round time.Duration
		fine  bool
	}{
		{"equal", 0, time.Millisecond, true},
		{"the bus ahead by less than 5 s", 4900 * time.Millisecond, time.Millisecond, true},
		{"the bus ahead by 5 s", 5100 * time.Millisecond, time.Millisecond, false},
		{"the bus behind by 5 s", -5100 * time.Millisecond, time.Millisecond, false},
		{"perhaps 5 s, perhaps less", 5100 * time.Millisecond, time.Second, true},
	} {
		half := c.round / 2
		offset := offsetFrom(now, half, now.Add(half).Add(c.bus))
		if (offset + c.bus).Abs() > time.Millisecond {
			t.Errorf("%s: offset %s", c.name, offset)
		}
		if err := judgeClock(offset, half); errors.Is(err, ErrClock) == c.fine {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestFlowAsksForWhatThereIsRoomFor(t *testing.T) {
	now := time.Now()
	f := flow{prefetch: 100, heartbeat: time.Second}
	asks := func(patient bool, want string) {
		t.Helper()
		request, _ := f.next(now, patient)
		if !strings.HasPrefix(string(request), want) || want == "" && len(request) > 0 {
			t.Errorf("asks %s, want %s", request, want)
		}
	}
	asks(true, `{"batch":100,`)
	asks(true, "") // all is under way
	for range 60 {
		f.received()
	}
	asks(true, "") // 60 held, 40 under way
	for range 60 {
		f.released()
	}
	asks(true, `{"batch":60,`)
	for range 100 {
		f.received()
	}
	asks(false, "") // full: not even at a heartbeat
	f.released()
	asks(true, "") // one place is not worth a request
	asks(false, `{"batch":1,`)
	now = now.Add(3 * time.Second) // no heartbeat meanwhile: the request is lost
	asks(false, `{"batch":1,`)
}

func TestFlowHeedsTheBusesWord(t *testing.T) {
	word := func(status, left string) *nats.Msg {
		h := nats.Header{"Status": {status}}
		if left != "" {
			h["Nats-Pending-Messages"] = []string{left}
		}
		return &nats.Msg{Header: h}
	}
	for _, c := range []struct {
		status, left string
		asked        int
		paused       bool
	}{
		{"100", "", 100, false},
		{"408", "30", 70, false},
		{"404", "", 0, false},
		{"409", "999", 0, true},
		{"409", "-7", 0, true},
		{"503", "", 0, true},
		{"", "", 0, true},
	} {
		f := flow{prefetch: 100, heartbeat: time.Second, requests: []request{{left: 100}}}
		f.control(word(c.status, c.left), slog.New(slog.DiscardHandler), "d")
		if paused := !f.pause.IsZero(); f.asked() != c.asked || paused != c.paused {
			t.Errorf("%s %s: %d are owed, paused %v", c.status, c.left, f.asked(), paused)
		}
	}
}

func TestAViolationIsToldToThoseWhoWaitOnItsSubject(t *testing.T) {
	f := newForbidden(slog.New(slog.DiscardHandler))
	first := f.since()
	f.asyncError(nil, nil, fmt.Errorf("%w: %s", nats.ErrPermissionViolation, `Permissions Violation for Subscription to "a"`))
	f.asyncError(nil, nil, fmt.Errorf("%w: %s", nats.ErrPermissionViolation, `Permissions Violation for Publish to "x"`))
	f.asyncError(nil, nil, fmt.Errorf("%w: %s", nats.ErrPermissionViolation, `Permissions Violation for Publish to "c.\"d"`))
	<-first.come
	if err := first.of([]Outgoing{{Subject: "a"}}); err != nil {
		t.Errorf("another subject's publisher was told: %v", err)
	}
	second := first.then
	<-second.come
	if err := second.of([]Outgoing{{Subject: "a.b"}, {Subject: `c."d`}}); !errors.Is(err, ErrForbidden) || !strings.Contains(err.Error(), `c."d`) {
		t.Errorf("whose subject it is was told %v", err)
	}
	if second.then != f.since() {
		t.Error("who comes later is told of what came before")
	}
}

func TestACrowdIsStuckWhereNothingMoves(t *testing.T) {
	now := time.Now()
	c := crowd{running: 2, moved: now.Add(-time.Minute)}
	for _, m := range []struct {
		name  string
		begun time.Time
		moved time.Time
		want  bool
	}{
		{"a message that takes too long", now.Add(-time.Minute), now, true},
		{"a message that has just begun, whatever the others take", now.Add(-time.Second), now.Add(-time.Minute), false},
		{"a message that waits while others move on", time.Time{}, now.Add(-time.Second), false},
		{"a message that waits behind those that take too long", time.Time{}, now.Add(-time.Minute), true},
	} {
		c.moved = m.moved
		if got := c.stuck(&held{begun: m.begun}, now, 30*time.Second); got != m.want {
			t.Errorf("%s: stuck %v", m.name, got)
		}
	}
}
