// Package channeltest is what every channel.Channel must pass, whoever is at the other end of its line.
package channeltest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/services/notifier/internal/channel"
)

// A Line is a channel and the other end of it.
type Line struct {
	Channel channel.Channel
	Good    func(i int) string // the i-th of at least 20 addresses that are taken
	Bad     string             // an address that the other end refuses for good
	Mail    bool               // carries Subject and HTML as well

	Received func() []Message // what the other end has taken, oldest first
	Down     func()           // the next sending is refused for now
	Lose     func()           // the next sending is taken, then the connection goes
	Hang     func()           // the next sending is taken, then nobody answers
}

// A Message is what arrived at the other end.
type Message struct{ To, Subject, Text, HTML string }

const (
	code     = "481516"
	patience = 10 * time.Second
)

// Run runs the suite; open makes a fresh line for each test and cleans up with t.
func Run(t *testing.T, open func(t *testing.T) Line) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Line)
	}{
		{"a notification arrives once, with its contents", arrivesOnce},
		{"a bad address is refused for good", badAddress},
		{"an address that is none is refused before anybody is asked", noAddress},
		{"a provider that is down may be asked again", down},
		{"an answer that is lost leaves the outcome unknown and is not tried again", lost},
		{"an answer that does not come leaves the outcome unknown when the context ends", silent},
		{"a context that has ended sends nothing", ended},
		{"a notification shows nothing when it is printed, logged or encoded", showsNothing},
		{"one that nobody waits for any more when it would leave does not", withdrawn},
		{"many may send at once", concurrent},
		{"what was taken is found, if anybody can be asked, and nothing else is", finds},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

func (l Line) notification(i int) channel.Notification {
	n := channel.Notification{
		ID: fmt.Sprintf("n%025d", i), To: events.NewSecret(l.Good(i)), ValidFor: 5 * time.Minute,
		Mark: events.NewSecret(code), Text: events.NewSecret("Zürich: " + code + " is your code.\nNever share it."),
	}
	if l.Mail {
		n.Subject = "Your Zürich code"
		n.HTML = events.NewSecret("<p>Zürich: <b>" + code + "</b></p>")
	}
	return n
}

func patient(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func arrivesOnce(t *testing.T, l Line) {
	n := l.notification(0)
	receipt, err := l.Channel.Send(patient(t), n)
	if err != nil || receipt.ProviderID == "" {
		t.Fatalf("receipt %+v, error %v", receipt, err)
	}
	if l.Channel.Name() == "" {
		t.Error("the channel has no name")
	}
	got := l.Received()
	if len(got) != 1 {
		t.Fatalf("%d messages arrived", len(got))
	}
	want := Message{To: n.To.Reveal(), Subject: n.Subject, Text: n.Text.Reveal(), HTML: n.HTML.Reveal()}
	if !l.Mail {
		got[0].Subject, got[0].HTML = "", ""
	}
	if tidy(got[0]) != tidy(want) {
		t.Errorf("arrived %q, want %q", tidy(got[0]), tidy(want))
	}
}

// tidy takes away what a line may do to ends of lines.
func tidy(m Message) Message {
	clean := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	return Message{To: m.To, Subject: m.Subject, Text: clean(m.Text), HTML: clean(m.HTML)}
}

func badAddress(t *testing.T, l Line) {
	n := l.notification(0)
	n.To = events.NewSecret(l.Bad)
	f := fails(t, l, patient(t), n)
	if f.Temporary || f.Unknown || f.Operator || f.Reason != channel.BadAddress {
		t.Errorf("failure %+v", f)
	}
	arrived(t, l, 0)
}

func noAddress(t *testing.T, l Line) {
	l.Lose() // would be met if anybody were asked
	for _, to := range []string{"", "nobody", "a@example.com\r\nRCPT TO:<b@example.com>", "+1555123\n0199"} {
		n := l.notification(0)
		n.To = events.NewSecret(to)
		if f := fails(t, l, patient(t), n); f.Reason != channel.BadAddress || f.Temporary || f.Unknown {
			t.Errorf("%q: failure %+v", to, f)
		}
	}
	arrived(t, l, 0)
}

func down(t *testing.T, l Line) {
	l.Down()
	f := fails(t, l, patient(t), l.notification(0))
	if !f.Temporary || f.Unknown || f.Reason != channel.ProviderDown {
		t.Errorf("failure %+v", f)
	}
	arrived(t, l, 0)
	if _, err := l.Channel.Send(patient(t), l.notification(0)); err != nil {
		t.Errorf("asked again: %v", err)
	}
	arrived(t, l, 1)
}

func lost(t *testing.T, l Line) {
	l.Lose()
	unknown(t, fails(t, l, patient(t), l.notification(0)))
	arrived(t, l, 1)
}

func silent(t *testing.T, l Line) {
	l.Hang()
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	f := fails(t, l, ctx, l.notification(0))
	unknown(t, f)
	if !errors.Is(f, context.DeadlineExceeded) {
		t.Errorf("failure %v does not say that the deadline passed", f)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("came back after %v", took)
	}
	arrived(t, l, 1)
}

func ended(t *testing.T, l Line) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	f := fails(t, l, ctx, l.notification(0))
	if f.Unknown || !f.Temporary || !errors.Is(f, context.Canceled) {
		t.Errorf("failure %+v", f)
	}
	arrived(t, l, 0)
}

func withdrawn(t *testing.T, l Line) {
	if _, err := l.Channel.Send(patient(t), l.notification(0)); err != nil { // what is kept of it is used by the next
		t.Fatal(err)
	}
	n := l.notification(1)
	n.Withdrawn = func(context.Context) channel.Reason { return channel.Superseded }
	f := fails(t, l, patient(t), n)
	if !f.Withdrawn || f.Reason != channel.Superseded || f.Temporary || f.Unknown || f.Operator {
		t.Errorf("failure %+v", f)
	}
	n.Withdrawn = func(context.Context) channel.Reason { return "" }
	if _, err := l.Channel.Send(patient(t), n); err != nil {
		t.Errorf("one that somebody waits for: %v", err)
	}
	arrived(t, l, 2)
}

func showsNothing(t *testing.T, l Line) {
	n := l.notification(0)
	var seen bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&seen, nil), slog.NewJSONHandler(&seen, nil)} {
		slog.New(handler).Info("sending", "one", n, "some", []channel.Notification{n}, "at", &n)
	}
	encoded, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
		fmt.Fprintf(&seen, verb, n)
		fmt.Fprintf(&seen, verb, &n)
	}
	keepsSecrets(t, l, "a print, log or encoding", seen.String()+string(encoded))
}

func concurrent(t *testing.T, l Line) {
	ctx := patient(t)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if _, err := l.Channel.Send(ctx, l.notification(i)); err != nil {
				t.Errorf("sending %d: %v", i, err)
			}
		})
	}
	all.Wait()
	to := map[string]bool{}
	for _, m := range l.Received() {
		to[m.To] = true
	}
	if arrived(t, l, 20); len(to) != 20 {
		t.Errorf("%d recipients, want 20", len(to))
	}
}

func finds(t *testing.T, l Line) {
	f, ok := l.Channel.(channel.Finder)
	if !ok {
		return
	}
	before := time.Now()
	find := func(n channel.Notification, since time.Time) bool {
		t.Helper()
		receipt, found, err := f.Find(patient(t), n, since)
		if err != nil || found != (receipt.ProviderID != "") {
			t.Errorf("receipt %+v, found %v, error %v", receipt, found, err)
		}
		return found
	}
	n, other := l.notification(0), l.notification(0)
	other.Mark = events.NewSecret("481517")
	if find(n, before) {
		t.Error("found before it was sent")
	}
	l.Lose()
	unknown(t, fails(t, l, patient(t), n))
	switch {
	case !find(n, before):
		t.Error("what was taken is not found")
	case find(other, before):
		t.Error("another code is found")
	case find(l.notification(1), before):
		t.Error("what was sent to another recipient is found")
	case find(n, before.Add(time.Hour)):
		t.Error("what was sent long before is found")
	}
	arrived(t, l, 1)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, found, err := f.Find(ended, n, before); found || err == nil {
		t.Error("a context that has ended finds something")
	}
}

// fails sends n and checks what holds of every failure.
func fails(t *testing.T, l Line, ctx context.Context, n channel.Notification) *channel.Failure {
	t.Helper()
	receipt, err := l.Channel.Send(ctx, n)
	var f *channel.Failure
	if !errors.As(err, &f) {
		t.Fatalf("receipt %+v, error %v: want a *channel.Failure", receipt, err)
	}
	if f.Err == nil || f.Temporary && f.Unknown {
		t.Errorf("failure %+v contradicts itself", f)
	}
	text := fmt.Sprintf("%v %+v %#v", err, f, f)
	for inner := error(f); inner != nil; inner = errors.Unwrap(inner) {
		text += fmt.Sprintf(" %v %#v", inner, inner)
	}
	keepsSecrets(t, l, "a failure", text)
	return f
}

func keepsSecrets(t *testing.T, l Line, where, text string) {
	t.Helper()
	for _, secret := range []string{code, l.Good(0), l.Bad, "Never share", "Zürich"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s shows %q: %s", where, secret, text)
		}
	}
}

func unknown(t *testing.T, f *channel.Failure) {
	t.Helper()
	if !f.Unknown || f.Temporary || f.Reason != channel.UnknownOutcome {
		t.Errorf("failure %+v: want an unknown outcome", f)
	}
}

func arrived(t *testing.T, l Line, want int) {
	t.Helper()
	if got := len(l.Received()); got != want {
		t.Errorf("%d messages arrived, want %d", got, want)
	}
}
