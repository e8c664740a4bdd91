package sink

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

func to(address string) func(Message) bool {
	return func(m Message) bool { return m.To == address }
}

func TestAFullInboxDropsTheOldest(t *testing.T) {
	b := NewInbox(InboxOptions{Limit: 3})
	for i := range 5 {
		b.Add(Message{To: fmt.Sprint(i)})
	}
	var got []string
	for _, m := range b.List() {
		got = append(got, m.To)
	}
	if strings.Join(got, " ") != "2 3 4" {
		t.Errorf("held %v, want the last three, oldest first", got)
	}
}

func TestAMessageGetsAnIDAndATime(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.FixedZone("CET", 3600))
	b := NewInbox(InboxOptions{Now: func() time.Time { return at }})
	one, two := b.Add(Message{}), b.Add(Message{})
	if one.ID == "" || one.ID == two.ID {
		t.Errorf("ids %q and %q: want two different ones", one.ID, two.ID)
	}
	if !one.At.Equal(at) || one.At.Location() != time.UTC {
		t.Errorf("time %v: want %v in UTC", one.At, at)
	}
}

func TestWaitFindsWhatIsThereAlready(t *testing.T) {
	b := NewInbox(InboxOptions{})
	b.Add(Message{To: "a", Text: "first"})
	b.Add(Message{To: "a", Text: "second"})
	got, err := b.Wait(patient(t), to("a"))
	if err != nil || got.Text != "first" {
		t.Errorf("got %q, %v: want the oldest that matches", got.Text, err)
	}
}

func TestWaitSeesWhatComesLater(t *testing.T) {
	b := NewInbox(InboxOptions{})
	ctx := patient(t)
	var waiting sync.WaitGroup
	for i := range 20 {
		waiting.Go(func() {
			if _, err := b.Wait(ctx, to(fmt.Sprint(i))); err != nil {
				t.Errorf("wait for %d: %v", i, err)
			}
		})
	}
	for i := range 20 {
		waiting.Go(func() { b.Add(Message{To: fmt.Sprint(i)}) })
	}
	waiting.Wait()
}

func TestWaitEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := NewInbox(InboxOptions{}).Wait(ctx, to("nobody")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestCloseEndsWaitsAndSubscriptions(t *testing.T) {
	b := NewInbox(InboxOptions{})
	changed, cancel := b.Subscribe()
	b.Close()
	b.Close()
	cancel()
	if _, open := <-changed; open {
		t.Error("the subscription is still open")
	}
	if _, err := b.Wait(patient(t), to("nobody")); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}

func TestASlowSubscriberHoldsUpNobody(t *testing.T) {
	b := NewInbox(InboxOptions{})
	changed, cancel := b.Subscribe()
	defer cancel()
	for range 100 {
		b.Add(Message{})
	}
	<-changed
	select {
	case <-changed:
		t.Error("two signals for what could be read at once")
	default:
	}
}

func TestLogsShowNoMessage(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	logger.Info("taken", "message", Message{ID: "m1", To: "dana@example.com", Subject: "hello", Text: "the code", HTML: "a page"})
	logger.Info("taken", "text", Text{SID: "SM1", To: "+15551230199", Body: "another"})
	for _, secret := range []string{"dana", "hello", "the code", "a page", "another", "+1555"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log shows %q", secret)
		}
	}
}
