package decider_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/eventstore/sqlitestore"
	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A worker is the whole way from a delivery to the bus and the store; both are real enough to fail.
type worker struct {
	t       *testing.T
	store   eventstore.Store
	bus     *fakeBus
	outbox  *decider.Outbox
	handler *decider.Handler[tally]
	receive bus.Handler
	now     time.Time

	uncommitted bool // decisions need no commit
	registry    *events.Registry
}

func newWorker(t *testing.T) *worker {
	t.Helper()
	store, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: filepath.Join(t.TempDir(), "store.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	w := &worker{t: t, store: store, bus: newFakeBus(), now: noon, registry: registry()}
	w.assemble()
	return w
}

func (w *worker) assemble() {
	r := w.registry
	w.outbox = decider.NewOutbox(decider.Config{
		Store: w.store, Bus: w.bus, Registry: r, Digester: plainDigest{}, Worker: "verify", Kinds: []string{"guard"},
		Logger: slog.New(slog.DiscardHandler),
	})
	w.handler = &decider.Handler[tally]{Store: w.store, Fold: tallyFold(r), Outbox: w.outbox, Policy: func(string) string { return "p1" }}
	w.handler.Held = eventstore.NewShelf[tally](10)
	in := decider.Intake{
		Registry: r, Digester: plainDigest{}, Outbox: w.outbox, Now: func() time.Time { return w.now },
		Platforms: func(name string) (decider.Rules, bool) { return decider.Rules{}, name == "acme" },
	}
	route := decider.Route{Type: askedType, MaxAge: time.Minute, Handle: func(ctx context.Context, r decider.Request) error {
		return w.handler.Handle(ctx, r, r.Stream("guard"), func(ctx context.Context, l eventstore.Loaded[tally], now time.Time) (decider.Decision, error) {
			d, err := add(r)(ctx, l, now)
			d.Uncommitted = w.uncommitted
			return d, err
		})
	}}
	w.receive = in.Subscriptions([]decider.Route{route})[0].Handle
}

// plainDigest is a digest without a key, for a test without secrets.
type plainDigest struct{}

func (plainDigest) Digest(content []byte) string            { return string(content) }
func (plainDigest) SameDigest(digest string, c []byte) bool { return digest == string(c) }

var sequence uint64

// ask is a delivery of tally.asked, as a platform publishes it at noon.
func ask(id string, add int) *bus.Delivery {
	sequence++
	data, _ := json.Marshal(asked{User: "u1", Add: add})
	return &bus.Delivery{
		Subject: "mfa.acme.in.tally.asked", Stored: noon, Sequence: sequence, Deliveries: 1, Body: data,
		Header: nats.Header{
			"ce-specversion": {"1.0"}, "ce-id": {id}, "ce-source": {"/acme"}, "ce-type": {askedType},
		},
	}
}

func (w *worker) deliver(d *bus.Delivery) {
	w.t.Helper()
	if err := w.receive(w.t.Context(), d); err != nil {
		w.t.Fatalf("deliver: %v", err)
	}
}

func (w *worker) sum() int {
	w.t.Helper()
	l, err := eventstore.Load(w.t.Context(), w.store, stream(), w.handler.Fold)
	if err != nil {
		w.t.Fatal(err)
	}
	return l.State.Sum
}

// versions is the length of the history.
func (w *worker) versions() (n int) {
	for _, err := range w.store.Replay(w.t.Context(), stream(), 1) {
		if err != nil {
			w.t.Fatal(err)
		}
		n++
	}
	return n
}

func stream() eventstore.Stream {
	return eventstore.Stream{Platform: "acme", Kind: "guard", UserKey: events.UserKey("acme", "u1")}
}

// heard is what the bus holds: the envelope of each message, in order.
func (w *worker) heard() []events.Envelope {
	w.t.Helper()
	var out []events.Envelope
	for _, m := range w.bus.published() {
		e, err := events.Decode(events.Header(m.Header), m.Body)
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

func (w *worker) rejection(i int) events.RequestRejected {
	w.t.Helper()
	var r events.RequestRejected
	if e := w.heard()[i]; e.Type != events.RequestRejectedType || json.Unmarshal(e.Data, &r) != nil {
		w.t.Fatalf("message %d is %s, want a rejection", i, e.Type)
	}
	return r
}

func TestOneMessageIsOneCommitAndOneAnswer(t *testing.T) {
	w := newWorker(t)
	w.deliver(ask("e1", 7))
	heard := w.heard()
	if len(heard) != 1 || w.sum() != 7 {
		t.Fatalf("heard %d messages and sum %d, want the one answer and 7: what is only kept stays in the stream", len(heard), w.sum())
	}
	e := heard[0]
	if e.CausationID != "e1" || e.CorrelationID != "l1" || e.Sequence != 1 || e.Source != "/countersign/verify" || e.Subject != "u1" {
		t.Errorf("answered as %+v", e)
	}
	if got, want := w.bus.published()[0].Subject, events.OutSubject("acme", "tally", "counted", events.UserKey("acme", "u1")); got != want {
		t.Errorf("published on %s, want %s", got, want)
	}
	if len(w.bus.scheduled) != 1 {
		t.Errorf("scheduled %d timers, want 1", len(w.bus.scheduled))
	}
}

func TestASecondDeliveryIsAnsweredAsTheFirst(t *testing.T) {
	w := newWorker(t)
	first := ask("e1", 7)
	w.deliver(first)
	w.deliver(ask("e2", 1))
	w.deliver(first)        // redelivered, out of order
	w.deliver(ask("e1", 7)) // sent again on purpose
	heard := w.heard()
	if w.sum() != 8 || w.versions() != 2 {
		t.Fatalf("sum %d after %d commits, want 8 after 2", w.sum(), w.versions())
	}
	if len(heard) != 4 {
		t.Fatalf("heard %d messages, want 4: each asking is answered", len(heard))
	}
	for _, again := range heard[2:] {
		if again.ID != heard[0].ID || string(again.Data) != string(heard[0].Data) {
			t.Errorf("answered again with %s, want %s", again.ID, heard[0].ID)
		}
	}
}

func TestAnUsedIDWithOtherContentIsInvalid(t *testing.T) {
	w := newWorker(t)
	w.deliver(ask("e1", 7))
	w.deliver(ask("e1", 8))
	if r := w.rejection(1); r.Code != events.Invalid || r.Field != "ce-id" || r.Cause != "e1" || w.sum() != 7 {
		t.Errorf("rejected with %+v and sum %d", r, w.sum())
	}
}

func TestARefusalIsACommit(t *testing.T) {
	w := newWorker(t)
	w.deliver(ask("e1", 101))
	w.deliver(ask("e1", 101))
	if r := w.rejection(0); r.Code != events.WrongState || w.versions() != 1 {
		t.Errorf("rejected with %+v after %d commits, want wrong_state after 1", r, w.versions())
	}
	if a, b := w.heard()[0], w.heard()[1]; a.ID != b.ID {
		t.Errorf("the same question was answered by %s and %s", a.ID, b.ID)
	}
	if c, err := w.store.Head(t.Context(), stream()); err != nil || c.Policy != "p1" {
		t.Errorf("refused under policy %q (%v), want p1", c.Policy, err)
	}
}

func TestNothingIsAcknowledgedThatTheBusHasNotConfirmed(t *testing.T) {
	w := newWorker(t)
	w.bus.setDown(true)
	d := ask("e1", 7)
	if err := w.receive(t.Context(), d); !errors.Is(err, errBusDown) {
		t.Fatalf("handled with %v, want the bus's error", err)
	}
	w.bus.setDown(false)
	d.Deliveries++
	w.deliver(d)
	if len(w.heard()) != 1 || w.sum() != 7 {
		t.Errorf("heard %d messages and sum %d, want 1 and 7", len(w.heard()), w.sum())
	}
}

func TestWhoAsksAgainIsAnsweredThoughNoMarkIsWrittenYet(t *testing.T) {
	w := newWorker(t)
	w.deliver(ask("e1", 7))
	w.assemble() // another replica, which cannot know that the answer is out
	w.deliver(ask("e1", 7))
	if heard := w.heard(); len(heard) != 2 || heard[0].ID != heard[1].ID {
		t.Errorf("heard %+v, want the same answer twice", heard)
	}
}

func TestAnAnswerWithoutACommitYieldsToTheOneThatHasOne(t *testing.T) {
	w := newWorker(t)
	w.deliver(ask("e1", 7))
	w.deliver(ask("e2", 1))
	w.uncommitted = true
	w.deliver(ask("e1", 7))
	w.deliver(ask("e1", 8))
	if heard := w.heard(); len(heard) != 4 || heard[2].ID != heard[0].ID || heard[3].Type != events.RequestRejectedType {
		t.Errorf("heard %+v, want the first answer again and a rejection", heard)
	}
}

func TestWhoLoadsAnUnpublishedHeadPublishesItFirst(t *testing.T) {
	w := newWorker(t)
	w.bus.setDown(true)
	_ = w.receive(t.Context(), ask("e1", 7))
	w.bus.setDown(false)
	w.assemble() // another process
	w.deliver(ask("e2", 1))
	heard := w.heard()
	if len(heard) != 2 || heard[0].Sequence != 1 || heard[1].Sequence != 2 {
		t.Errorf("heard %+v, want versions 1 and 2", heard)
	}
}

func TestALateMessageDoesNothing(t *testing.T) {
	w := newWorker(t)
	w.now = noon.Add(61 * time.Second)
	w.deliver(ask("e1", 7))
	if r := w.rejection(0); r.Code != events.TooLate || w.versions() != 0 {
		t.Errorf("rejected with %+v after %d commits, want too_late after none", r, w.versions())
	}
}

func TestALateRedeliveryIsAnsweredAsBefore(t *testing.T) {
	w := newWorker(t)
	d := ask("e1", 7)
	w.deliver(d)
	w.now = noon.Add(time.Hour)
	w.deliver(d)
	if heard := w.heard(); len(heard) != 2 || heard[0].ID != heard[1].ID {
		t.Errorf("heard %+v, want the same answer twice", heard)
	}
}

func TestRacingWorkersLoseNothing(t *testing.T) {
	w := newWorker(t)
	var group sync.WaitGroup
	for i := range 40 {
		d := ask("e"+string(rune('A'+i)), 1)
		group.Go(func() {
			for w.receive(t.Context(), d) != nil { // as the bus does: again until it is acknowledged
			}
		})
	}
	group.Wait()
	if w.sum() != 40 || w.versions() != 40 {
		t.Errorf("sum %d after %d commits, want 40 after 40", w.sum(), w.versions())
	}
}

func TestAStreamOfANewerReleaseWaitsForWhoeverKnowsIt(t *testing.T) {
	w := newWorker(t)
	w.deliver(ask("e1", 7))
	newer := w.handler.Fold
	newer.Number = 2
	l, err := eventstore.Load(t.Context(), w.store, stream(), newer)
	if err != nil {
		t.Fatal(err)
	}
	c, err := eventstore.Next(l, newer, eventstore.Commit{
		Stream: stream(), Cause: eventstore.Cause{Origin: events.In, Platform: "acme", Source: "/acme", ID: "e2"}, At: noon, User: "u1",
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.Append(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if err := w.receive(t.Context(), ask("e3", 1)); !errors.Is(err, eventstore.ErrNewerFold) {
		t.Errorf("handled with %v, want ErrNewerFold", err)
	}
}
