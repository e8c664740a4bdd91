package processes_test

import (
	"context"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"countersign/e2e/stranger"
)

const (
	crowdMembers = 72
	crowdAtOnce  = 12
	crowdLogins  = 4 // of each member, at once: a fifth would still be open, a sixth closes the oldest
)

// A crowd enrolls and logs in while processes of verify come and go. Nobody of it asks twice.
type crowd struct {
	*platform
	done chan struct{} // one for each member
	sent chan struct{} // one for each request

	mu      sync.Mutex
	asked   map[string]bool // ce-ids of what verify must answer
	slowest time.Duration
}

// Verify is scaled from one process to three, then one is stopped and one is killed, all under load.
func TestNoLoginIsWithoutItsAnswerWhileVerifyComesAndGoes(t *testing.T) {
	t.Parallel()
	ctx, p := within(t, 2*patient), openPlatform(t, "acme")
	c := &crowd{platform: p, done: make(chan struct{}, crowdMembers), sent: make(chan struct{}, 2*crowdMembers*crowdLogins), asked: map[string]bool{}}
	var going sync.WaitGroup
	room := make(chan struct{}, crowdAtOnce)
	began := time.Now()
	going.Go(func() {
		for range crowdMembers {
			room <- struct{}{}
			going.Go(func() { c.member(ctx, t); <-room; c.done <- struct{}{} })
		}
	})
	c.await(ctx, t, 8)
	must(t, shared.startAll(ctx, "verify", "verify"))
	c.await(ctx, t, 12)
	verify := shared.all("verify")
	if len(verify) != 3 {
		t.Fatalf("%d processes of verify, want 3", len(verify))
	}
	shared.forget(verify[0])
	must(t, verify[0].Stop(ctx))
	c.await(ctx, t, 12)
	shared.forget(verify[1])
	must(t, verify[1].Freeze()) // so that it dies with messages in its hands
	c.publishes(ctx, t, 8)
	must(t, verify[1].Kill())
	going.Wait()
	t.Logf("%d members, %d requests in %v; the slowest answer took %v", crowdMembers, len(c.asked), time.Since(began).Round(time.Millisecond), c.slowest.Round(time.Millisecond))
	c.isAnsweredOnce(ctx, t)
	c.wasShared(ctx, t, verify[2])
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// await waits until more members are done.
func (c *crowd) await(ctx context.Context, t *testing.T, members int) {
	t.Helper()
	for range members {
		select {
		case <-c.done:
		case <-ctx.Done():
			t.Fatal("the crowd stands still")
		}
	}
}

// publishes waits until the bus has taken more requests than it has now.
func (c *crowd) publishes(ctx context.Context, t *testing.T, more int) {
	t.Helper()
	for range len(c.sent) + more {
		select {
		case <-c.sent:
		case <-ctx.Done():
			t.Fatal("the crowd stands still")
		}
	}
}

// member enrolls an app and begins some logins at once; the same code then is tried at all of them.
func (c *crowd) member(ctx context.Context, t *testing.T) {
	m := c.newMember()
	a := m.enrollsApp(ctx, t)
	var logins, attempts []data
	for range crowdLogins {
		logins = append(logins, data{"user": m.user, "login_id": stranger.NewID("l-")})
	}
	for _, challenge := range c.ask(ctx, t, m, "login.started", logins) {
		if challenge.Fact() != "challenge.issued" {
			t.Errorf("got %s", challenge)
		}
		attempts = append(attempts, data{"user": m.user, "challenge_id": challenge.Text("challenge_id"), "code": a.next()})
	}
	answers := map[string]int{}
	for _, answer := range c.ask(ctx, t, m, "attempt.submitted", attempts) {
		answers[answer.Fact()+" "+answer.Text("reason")]++
	}
	if answers["attempt.accepted "] != 1 || answers["attempt.rejected replayed"] != crowdLogins-1 {
		t.Errorf("one code at %d logins: got %v", crowdLogins, answers)
	}
}

// ask publishes all and takes the answer of each.
func (c *crowd) ask(ctx context.Context, t *testing.T, m member, fact string, all []data) (answers []stranger.Event) {
	ears, err := m.login.Listen(ctx, m.user)
	if err != nil {
		t.Error(err)
		return nil
	}
	defer ears.Close()
	began := time.Now()
	ids := make([]string, len(all))
	for i, d := range all {
		ids[i] = stranger.NewID("")
		c.note(ids[i])
		if _, err := m.login.Publish(ctx, m.login.Message(fact, ids[i], d)); err != nil {
			t.Errorf("publish %s: %v", fact, err)
		}
		c.sent <- struct{}{}
	}
	for _, id := range ids {
		answer, err := ears.Answer(ctx, id)
		if err != nil {
			t.Error(err)
			continue
		}
		answers = append(answers, answer)
	}
	c.took(time.Since(began))
	return answers
}

func (c *crowd) note(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked[id] = true
}

func (c *crowd) took(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slowest = max(c.slowest, d)
}

// isAnsweredOnce reads all that was ever said to the platform: to each request one answer, and what is said again is the same event.
func (c *crowd) isAnsweredOnce(ctx context.Context, t *testing.T) {
	t.Helper()
	records, err := c.login.Records(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer records.Close()
	answers, open := map[string]stranger.Event{}, len(c.asked)
	for open > 0 {
		e, err := records.Next(ctx)
		if err != nil {
			t.Fatalf("%d requests have no answer: %v", open, err)
		}
		former, known := answers[e.Cause]
		switch {
		case !c.asked[e.Cause]:
		case known && (former.ID != e.ID || former.Body != e.Body):
			t.Errorf("answered twice: %s and %s", former, e)
		case !known:
			answers[e.Cause] = e
			open--
		}
	}
}

var handled = regexp.MustCompile(`(?m)^countersign_bus_messages_total\{outcome="done",type="countersign\.attempt\.submitted\.v1",worker="verify"\} (\d+)$`)

// wasShared: the process that was added has done its part.
func (c *crowd) wasShared(ctx context.Context, t *testing.T, w *worker) {
	t.Helper()
	_, metrics, err := w.get(ctx, "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	found := handled.FindStringSubmatch(metrics)
	if found == nil {
		t.Fatalf("the process that was added has handled no attempt, or does not say so:\n%s", metrics)
	}
	n, err := strconv.Atoi(found[1])
	if err != nil || n == 0 {
		t.Errorf("the process that was added has handled %d attempts: %v", n, err)
	}
	t.Logf("the process that was added has handled %d attempts", n)
}
