package gather_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"countersign/pkg/worker/gather"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A reader answers a number with its text, and keeps what it was asked in one go. Each read waits for go.
type reader struct {
	mu      sync.Mutex
	batches [][]int
	next    chan struct{}
}

func (r *reader) read(_ context.Context, questions []int) []gather.Result[string] {
	r.mu.Lock()
	r.batches = append(r.batches, slices.Clone(questions))
	r.mu.Unlock()
	<-r.next
	out := make([]gather.Result[string], len(questions))
	for i, q := range questions {
		out[i].Value = strconv.Itoa(q)
		if q < 0 {
			out[i].Err = errors.New("negative")
		}
	}
	return out
}

func (r *reader) asked() []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	var sizes []int
	for _, b := range r.batches {
		sizes = append(sizes, len(b))
	}
	return sizes
}

func TestWhatIsAskedDuringAReadMakesTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{next: make(chan struct{})}
		g := gather.New(gather.Config[int, string]{Read: r.read, Most: 3})
		var all sync.WaitGroup
		ask := func(q int) {
			all.Go(func() {
				got, err := g.Ask(t.Context(), q)
				if q >= 0 && (err != nil || got != strconv.Itoa(q)) || q < 0 && err == nil {
					t.Errorf("%d was answered by %q, %v", q, got, err)
				}
			})
		}
		ask(1)
		synctest.Wait() // the first is being read: no later one is answered by it
		for _, q := range []int{2, -3, 4, 5} {
			ask(q)
		}
		synctest.Wait()
		close(r.next)
		all.Wait()
		g.Wait()
		if sizes := r.asked(); !slices.Equal(sizes, []int{1, 3, 1}) {
			t.Errorf("read %v at once, want 1, 3 and 1", sizes)
		}
	})
}

func TestWhoGivesUpTakesNobodyWithThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{next: make(chan struct{})}
		g := gather.New(gather.Config[int, string]{Read: r.read})
		hurried, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := g.Ask(hurried, 1); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("gave up with %v", err)
			}
		})
		synctest.Wait()
		all.Go(func() {
			if got, err := g.Ask(t.Context(), 2); err != nil || got != "2" {
				t.Errorf("answered by %q, %v", got, err)
			}
		})
		<-hurried.Done()
		close(r.next)
		all.Wait()
		g.Wait()
	})
}

func TestABegunQuestionIsReadWhileItsAskerDoesSomethingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{next: make(chan struct{})}
		g := gather.New(gather.Config[int, string]{Read: r.read})
		first := g.Begin(1)
		synctest.Wait()
		g.Begin(2) // nobody comes back for the answer
		third := g.Begin(3)
		if sizes := r.asked(); !slices.Equal(sizes, []int{1}) {
			t.Errorf("read %v at once, want the first alone", sizes)
		}
		close(r.next)
		g.Wait()
		for want, asked := range map[string]gather.Asked[int, string]{"1": first, "3": third} {
			if got, err := asked.Wait(t.Context()); err != nil || got != want {
				t.Errorf("%s was answered by %q, %v", want, got, err)
			}
		}
	})
}
