package dead_test

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"countersign/cmd/countersign/internal/dead"
	"countersign/cmd/countersign/internal/table"
	"countersign/pkg/events/seal"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/workertest"
	"countersign/services/enroll"
	"countersign/services/verify"
)

func TestMain(m *testing.M) { workertest.Main(m) }

// A ward is enroll and verify, of which one type kills the handler until it is mended, and the operator's credentials.
type ward struct {
	*workertest.House
	*workertest.Platform
	t      *testing.T
	broken atomic.Bool
	calls  atomic.Int64 // of the handler, since it was mended
	now    time.Duration
	hasty  []string // types that the workers' tables bound the age of
}

func newWard(t *testing.T, poison string) *ward {
	t.Helper()
	t.Parallel()
	w := &ward{t: t}
	w.broken.Store(true)
	w.House = workertest.Start(t, workertest.Config{Workers: []worker.Worker{w.fault(enroll.Worker(), poison), w.fault(verify.Worker(), poison)}})
	w.Platform = w.House.Platform(workertest.Acme)
	return w
}

// fault gives a worker a release with a fault.
func (w *ward) fault(of worker.Worker, poison string) worker.Worker {
	make := of.Table
	of.Table = func(k worker.Kit) worker.Table {
		t := make(k)
		for i, route := range t.Routes {
			if route.MaxAge == worker.Fresh {
				w.hasty = append(w.hasty, route.Type)
			}
			if route.Type == poison {
				t.Routes[i].Handle = func(ctx context.Context, r decider.Request) error {
					if w.broken.Load() {
						panic("a fault of this release")
					}
					w.calls.Add(1)
					return route.Handle(ctx, r)
				}
			}
		}
		return t
	}
	return of
}

func (w *ward) mend() { w.broken.Store(false) }

func (w *ward) conn(user string) *bus.Conn {
	w.t.Helper()
	name := strings.TrimPrefix(user, "_")
	c, err := bus.Connect(bus.ConnectConfig{URL: w.Bus.URL(), Worker: name, User: user, Password: "p", Logger: quiet()})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { shut(c) })
	return c
}

func (w *ward) box(c *bus.Conn) dead.Box {
	w.t.Helper()
	js, err := jetstream.New(c.Conn)
	if err != nil {
		w.t.Fatal(err)
	}
	box, err := dead.Open(w.t.Context(), js)
	if err != nil {
		w.t.Fatal(err)
	}
	return box
}

func (w *ward) judge() dead.Judge {
	w.t.Helper()
	heard, err := table.Heard()
	if err != nil {
		w.t.Fatal(err)
	}
	return dead.Judge{
		Registry: table.Contract().Registry, Heard: heard, Key: w.DeadLetterKey(), Now: func() time.Time { return time.Now().Add(w.now) },
	}
}

// letters waits until there are n and returns their sequences.
func (w *ward) letters(n int) (sequences []uint64) {
	w.t.Helper()
	box := w.box(w.conn("operator"))
	w.Until("the letters are there", func() bool {
		sequences = nil
		err := box.Each(w.t.Context(), dead.Filter{}, func(l dead.Letter) error { sequences = append(sequences, l.Sequence); return nil })
		return err == nil && len(sequences) >= n
	})
	if len(sequences) != n {
		w.t.Fatalf("there are letters %v, want %d", sequences, n)
	}
	return sequences
}

func (w *ward) list() string {
	w.t.Helper()
	var out strings.Builder
	box := w.box(w.conn("operator"))
	for _, asJSON := range []bool{false, true} {
		if err := dead.List(w.t.Context(), &out, box, dead.Filter{}, asJSON); err != nil {
			w.t.Fatal(err)
		}
	}
	return out.String()
}

func (w *ward) show(sequence uint64, change ...func(*dead.Show)) (string, error) {
	w.t.Helper()
	var out strings.Builder
	s := dead.Show{Out: &out, Box: w.box(w.conn("operator")), Judge: w.judge(), HasKey: true}
	for _, f := range change {
		f(&s)
	}
	err := s.Run(w.t.Context(), sequence)
	return out.String(), err
}

func withoutKey(s *dead.Show) { s.HasKey, s.Judge.Key = false, seal.PrivateKey{} }

// replay connects as _repair.
func (w *ward) replay(change ...func(*dead.Replay)) (string, error) {
	w.t.Helper()
	return w.replayAs("_"+bus.Repair, change...)
}

func (w *ward) replayAs(user string, change ...func(*dead.Replay)) (string, error) {
	w.t.Helper()
	var out strings.Builder
	c := w.conn(user)
	p, err := bus.NewPublisher(bus.PublisherConfig{Conn: c})
	if err != nil {
		w.t.Fatal(err)
	}
	r := dead.Replay{Sweep: dead.Sweep{Box: w.box(c), Out: &out, Yes: true}, Judge: w.judge(), Bus: p}
	for _, f := range change {
		f(&r)
	}
	err = r.Run(w.t.Context())
	return out.String(), err
}

func again(r *dead.Replay)  { r.Judge.Again = true }
func dryRun(r *dead.Replay) { r.DryRun = true }

func (w *ward) says(text string, want ...string) {
	w.t.Helper()
	for _, part := range want {
		if !strings.Contains(text, part) {
			w.t.Errorf("no %q in\n%s", part, text)
		}
	}
}

func (w *ward) refuses(err error, want string) {
	w.t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		w.t.Errorf("got %v, want %q", err, want)
	}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// shut waits, so that no goroutine of the connection outlives the test.
func shut(c *bus.Conn) {
	closed := make(chan struct{})
	c.SetClosedHandler(func(*nats.Conn) { close(closed) })
	c.Close()
	<-closed
}
