package group_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/eventstore/group"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A disk lets a test hold every batch, look at it and say what becomes of it.
type disk struct {
	batches chan []eventstore.Commit
	results chan []error // nil: all landed
}

func newDisk() *disk { return &disk{make(chan []eventstore.Commit), make(chan []error)} }

func (d *disk) insert(ctx context.Context, batch []eventstore.Commit) []error {
	d.batches <- batch
	select {
	case r := <-d.results:
		if r == nil {
			r = make([]error, len(batch))
		}
		return r
	case <-ctx.Done():
		return repeat(ctx.Err(), len(batch))
	}
}

func repeat(err error, n int) []error {
	out := make([]error, n)
	for i := range out {
		out[i] = err
	}
	return out
}

func commit(user string, version uint64) eventstore.Commit {
	return eventstore.Commit{
		Stream:  eventstore.Stream{Platform: "acme", Kind: "guard", UserKey: user},
		Version: version, User: user, At: time.Unix(1, 0), State: json.RawMessage(`{}`),
		Cause: eventstore.Cause{Origin: "in", Platform: "acme", Source: "/web", ID: fmt.Sprint(user, version)},
	}
}

// start appends in the background and returns when the append waits for its result.
func start(ctx context.Context, g *group.Group, c eventstore.Commit) <-chan error {
	result := make(chan error, 1)
	go func() { result <- g.Append(ctx, c) }()
	synctest.Wait()
	return result
}

func wantIs(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("got error %v, want %v", got, want)
	}
}

func names(batch []eventstore.Commit) string {
	var out []string
	for _, c := range batch {
		out = append(out, fmt.Sprint(c.Stream.UserKey, c.Version))
	}
	return strings.Join(out, " ")
}

func wantBatch(t *testing.T, d *disk, want string) {
	t.Helper()
	if got := names(<-d.batches); got != want {
		t.Errorf("batch holds %q, want %q", got, want)
	}
}

func TestAppendsThatArriveDuringAFlightShareTheNextOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		g := group.New(group.Config{Insert: d.insert})
		a := start(t.Context(), g, commit("a", 1))
		wantBatch(t, d, "a1")
		b, c := start(t.Context(), g, commit("b", 1)), start(t.Context(), g, commit("c", 1))
		d.results <- nil
		wantBatch(t, d, "b1 c1")
		d.results <- []error{eventstore.ErrCauseSeen, nil}
		wantIs(t, <-a, nil)
		wantIs(t, <-b, eventstore.ErrCauseSeen)
		wantIs(t, <-c, nil)
		g.Close()
	})
}

func TestALaterCommitOfAStreamWaitsForTheFormersResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		g := group.New(group.Config{Insert: d.insert})
		hold := start(t.Context(), g, commit("x", 1))
		wantBatch(t, d, "x1")
		a1, a2 := start(t.Context(), g, commit("a", 1)), start(t.Context(), g, commit("a", 2))
		b := start(t.Context(), g, commit("b", 1))
		d.results <- nil
		wantBatch(t, d, "a1 b1")
		d.results <- nil
		wantBatch(t, d, "a2")
		d.results <- nil
		for _, result := range []<-chan error{hold, a1, a2, b} {
			wantIs(t, <-result, nil)
		}
		g.Close()
	})
}

func TestWhenACommitFailsThoseQueuedBehindItAreNotWritten(t *testing.T) {
	for name, failure := range map[string]error{
		"version taken": eventstore.ErrConflict, "cause seen": eventstore.ErrCauseSeen, "outcome unknown": context.DeadlineExceeded,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDisk()
				g := group.New(group.Config{Insert: d.insert})
				a1 := start(t.Context(), g, commit("a", 1))
				wantBatch(t, d, "a1")
				a2, a3 := start(t.Context(), g, commit("a", 2)), start(t.Context(), g, commit("a", 3))
				d.results <- []error{failure}
				wantIs(t, <-a1, failure)
				wantIs(t, <-a2, eventstore.ErrConflict)
				wantIs(t, <-a3, eventstore.ErrConflict)
				again := start(t.Context(), g, commit("a", 1))
				wantBatch(t, d, "a1")
				d.results <- nil
				wantIs(t, <-again, nil)
				g.Close()
			})
		})
	}
}

func TestACallerThatGivesUpHarmsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		g := group.New(group.Config{Insert: d.insert})
		hold := start(t.Context(), g, commit("x", 1))
		wantBatch(t, d, "x1")
		ctx, cancel := context.WithCancel(t.Context())
		a, b := start(ctx, g, commit("a", 1)), start(t.Context(), g, commit("b", 1))
		cancel()
		wantIs(t, <-a, context.Canceled)
		d.results <- nil
		wantBatch(t, d, "a1 b1")
		d.results <- nil
		wantIs(t, <-hold, nil)
		wantIs(t, <-b, nil)
		wantIs(t, g.Append(ctx, commit("c", 1)), context.Canceled)
		g.Close()
	})
}

func TestABatchHoldsAtMost256CommitsAnd8MiB(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		g := group.New(group.Config{Insert: d.insert})
		start(t.Context(), g, commit("x", 1))
		wantBatch(t, d, "x1")
		for i := range 257 {
			start(t.Context(), g, commit(fmt.Sprint("small", i), 1))
		}
		for i := range 33 {
			c := commit(fmt.Sprint("large", i), 1)
			c.State = json.RawMessage(`"` + strings.Repeat("x", 255<<10) + `"`)
			start(t.Context(), g, c)
		}
		for i, want := range []int{256, 33, 1} {
			d.results <- nil
			if got := len(<-d.batches); got != want {
				t.Errorf("batch %d holds %d commits, want %d", i, got, want)
			}
		}
		d.results <- nil
		g.Close()
	})
}

func TestACommitThatNoStoreTakesNeverJoinsABatch(t *testing.T) {
	g := group.New(group.Config{Insert: func(context.Context, []eventstore.Commit) []error { panic("written") }})
	large := commit("a", 1)
	large.State = json.RawMessage(`"` + strings.Repeat("x", eventstore.MaxCommit) + `"`)
	wantIs(t, g.Append(t.Context(), large), eventstore.ErrTooLarge)
	if err := g.Append(t.Context(), commit("a", 0)); err == nil {
		t.Error("version 0 was taken")
	}
	g.Close()
}

func TestAnInsertThatHangsEndsAtItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		g := group.New(group.Config{Insert: d.insert})
		began := time.Now()
		a := start(t.Context(), g, commit("a", 1))
		wantBatch(t, d, "a1")
		wantIs(t, <-a, context.DeadlineExceeded)
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("ended after %v, want 10s", took)
		}
		g.Close()
	})
}

func TestCloseWaitsForWhatIsInFlightAndQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		g := group.New(group.Config{Insert: d.insert})
		a1 := start(t.Context(), g, commit("a", 1))
		wantBatch(t, d, "a1")
		a2 := start(t.Context(), g, commit("a", 2))
		closed := make(chan struct{})
		go func() { g.Close(); close(closed) }()
		synctest.Wait()
		wantIs(t, g.Append(t.Context(), commit("b", 1)), eventstore.ErrClosed)
		d.results <- nil
		wantBatch(t, d, "a2")
		select {
		case <-closed:
			t.Error("closed with an append in flight")
		default:
		}
		d.results <- nil
		<-closed
		wantIs(t, <-a1, nil)
		wantIs(t, <-a2, nil)
	})
}
