package notifier_test

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
	"countersign/services/notifier"
	"countersign/services/notifier/internal/budget"
	"countersign/services/notifier/internal/budget/memcounters"
	"countersign/services/notifier/sink"
	"go.mongodb.org/mongo-driver/v2/mongo"
	mongooptions "go.mongodb.org/mongo-driver/v2/mongo/options"
)

// watched are counters that tell a test what they hold.
type watched struct {
	notifier.Counters
	mu    sync.Mutex
	held  map[string]int64
	fail  error
	asked chan struct{} // while they fail
}

func watch(c notifier.Counters) *watched {
	return &watched{Counters: c, held: map[string]int64{}, asked: make(chan struct{}, 1000)}
}

func (w *watched) Add(ctx context.Context, counts []budget.Count) ([]int64, error) {
	w.mu.Lock()
	fail := w.fail
	w.mu.Unlock()
	if fail != nil {
		w.asked <- struct{}{}
		return nil, fail
	}
	sums, err := w.Counters.Add(ctx, counts)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range counts {
		w.held[c.Key] += c.By
	}
	return sums, err
}

func (w *watched) breaks(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fail = err
}

// of is what all counters hold together whose names have a part.
func (w *watched) of(part string) (n int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for key, held := range w.held {
		if strings.Contains(key, part) {
			n += held
		}
	}
	return n
}

func counting(c notifier.Counters) func(*options) {
	return func(o *options) { o.using = func(conf *notifier.Config) { conf.Counters = c } }
}

func inMemory() *watched { return watch(&memcounters.Counters{}) }

// places are where counters may be.
func places() map[string]func(*testing.T) notifier.Counters {
	return map[string]func(*testing.T) notifier.Counters{
		"SQLite": func(t *testing.T) notifier.Counters {
			return opened(t, func(ctx context.Context) (notifier.Counters, error) {
				return notifier.CountersInFile(ctx, filepath.Join(t.TempDir(), "counters.db"))
			})
		},
		"MongoDB": func(t *testing.T) notifier.Counters {
			uri, database := os.Getenv("COUNTERSIGN_TEST_MONGODB_URI"), "countersign_test_"+rand.Text()
			if uri == "" {
				t.Fatal("COUNTERSIGN_TEST_MONGODB_URI is not set: set it to what `scripts/mongodb up` prints, or run `make test`, which does")
			}
			t.Cleanup(func() { dropDatabase(t, uri, database) })
			return opened(t, func(ctx context.Context) (notifier.Counters, error) {
				return notifier.CountersInMongoDB(ctx, events.NewSecret(uri), database)
			})
		},
	}
}

func opened(t *testing.T, open func(context.Context) (notifier.Counters, error)) notifier.Counters {
	t.Helper()
	c, err := open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func dropDatabase(t *testing.T, uri, database string) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	client, err := mongo.Connect(mongooptions.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(client.Database(database).Drop(ctx), client.Disconnect(ctx)); err != nil {
		t.Error(err)
	}
}

const overBudget = "failed " + string(notification.OverBudget)

// Two replicas share a user's challenges, and then find every request twice more, in both orders.
func TestTextsStayWithinTheirBudgetWhereverItIsCounted(t *testing.T) {
	for name, open := range places() {
		t.Run(name, func(t *testing.T) {
			w := watch(open(t))
			f := start(t, counting(w), with(func(p *policy.Policy) { p.Budget.PerUser = 3 }))
			f.enrolled("ann-1", number)
			challenges, all := f.challengedWhileDown("ann-1", 5)
			f.Wake("notifier", "notifier")
			for range 2 {
				f.Await("the end of all", 7, final) // two are of the enrollment
				f.Quiet()
				f.endsAs(challenges, map[string]int{"sent": 3, overBudget: 2})
				f.wantArrivals(number, 4)
				if n := w.of("/known/user/"); n != 3 {
					t.Errorf("%d texts are counted, want 3", n)
				}
				f.publishAgain(all...)
				slices.Reverse(all)
				f.publishAgain(all...)
			}
		})
	}
}

// Where everything comes three times at once to two replicas, what comes again can be counted for a moment, and no more goes out for it.
func TestWhatComesAgainAtOnceSendsNoMore(t *testing.T) {
	w := inMemory()
	f := start(t, counting(w), with(func(p *policy.Policy) { p.Budget.PerUser = 3 }))
	f.enrolled("ann-1", number)
	challenges, all := f.challengedWhileDown("ann-1", 5)
	f.publishAgain(all...)
	f.publishAgain(all...)
	f.Wake("notifier", "notifier")
	f.Await("the end of all", 7, final)
	f.Quiet()
	sent := len(f.arrived(number)) - 1
	f.endsAs(challenges, map[string]int{"sent": sent, overBudget: 5 - sent})
	if n := w.of("/known/user/"); sent > 3 || n != int64(sent) {
		t.Errorf("%d texts arrived and %d are counted, 3 are in the budget", sent, n)
	}
}

// challengedWhileDown starts logins while no notifier runs, and asks for none of them twice.
func (f *fixture) challengedWhileDown(user string, n int) (challenges []string, requests []workertest.Event) {
	f.t.Helper()
	f.Drain("notifier")
	before := len(f.requestsHeard())
	for i := range n {
		asked := f.Send(&guard.LoginStarted{User: user, LoginID: "l" + strconv.Itoa(i)})
		challenges = append(challenges, workertest.As[*guard.ChallengeIssued](f.House, f.Answer(asked.ID)).ChallengeID)
	}
	return challenges, f.requestsHeard()[before:]
}

func final(e workertest.Event) bool { o, ok := outcomeOf(e); return ok && o.final }

// endsAs counts how the notifications about some things ended.
func (f *fixture) endsAs(about []string, want map[string]int) {
	f.t.Helper()
	got := map[string]int{}
	for _, id := range about {
		for _, said := range f.said(id) {
			got[said]++
		}
	}
	for said, n := range want {
		if got[said] != n || len(got) != len(want) {
			f.t.Fatalf("ended as %v, want %v", got, want)
		}
	}
}

func TestWhatIsOverItsBudgetIsNotSentLater(t *testing.T) {
	w := inMemory()
	f := start(t, counting(w), with(func(p *policy.Policy) { p.Budget.PerUser = 1 }))
	f.enrolled("ann-1", number)
	f.challenged("ann-1", "l1")
	c := f.challenged("ann-1", "l2")
	f.wantEnds(c.ChallengeID, overBudget)
	counted := w.of("/known/")
	f.deliverAllAnew()
	f.wantEnds(c.ChallengeID, overBudget)
	f.wantArrivals(number, 2)
	if now := w.of("/known/"); now != counted {
		t.Errorf("what came again is counted: %d instead of %d", now, counted)
	}
}

// A worker that dies may leave texts counted that it did not send: of the request and of its repeats, which were all in its hands.
func TestATextThatACrashMayHaveSentIsCounted(t *testing.T) {
	for _, c := range []struct {
		name          string
		before, after func(workertest.Call) bool // the append at which the worker dies
		most          int64
	}{
		{"between its count and its intent", once(notification.SendingType, 1), nil, 3},
		{"with its intent kept", nil, once(notification.SendingType, 1), 2},
		{"before it keeps what the provider said", once(notification.SentType, 1), nil, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := inMemory()
			f := start(t, asleep, counting(w), calls(1500*time.Millisecond))
			f.GiveUpAfter(500 * time.Millisecond)
			f.Wake("enroll")
			dying := f.Wake("notifier")[0]
			f.Store.Break(workertest.Faults{Before: dies(dying, c.before), After: dies(dying, c.after)})
			e := f.requests("ann-1", number)
			<-dying.Failed()
			f.Wake("notifier")
			f.wantEnds(e.EnrollmentID, "sent")
			f.wantArrivals(number, 1)
			if n := w.of("/first/user/"); n < 1 || n > c.most {
				t.Errorf("%d texts are counted, want 1, or %d with what the crash left", n, c.most)
			}
		})
	}
}

func TestARefusedTryIsNotCountedTwice(t *testing.T) {
	w := inMemory()
	f := start(t, counting(w), with(func(p *policy.Policy) { p.Budget.PerUser = 1 }))
	f.texts.Script(sink.TooManyTexts(), sink.TooManyTexts())
	e := f.requests("ann-1", number)
	f.wantEnds(e.EnrollmentID, "failed provider_down, not final", "failed provider_down, not final", "sent")
	if n := w.of("/first/user/"); n != 1 {
		t.Errorf("%d texts are counted, want 1", n)
	}
}

func TestWithoutCountersTextsWait(t *testing.T) {
	w := inMemory()
	f := start(t, counting(w))
	w.breaks(errors.New("away"))
	e := f.requests("ann-1", number)
	<-w.asked
	<-w.asked
	f.wantArrivals(number, 0)
	w.breaks(nil)
	f.wantEnds(e.EnrollmentID, "sent")
	f.wantArrivals(number, 1)
}
