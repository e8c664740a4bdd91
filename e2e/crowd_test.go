package e2e_test

import (
	"context"
	"sync"
	"testing"

	"countersign/e2e/process"
	"countersign/e2e/stranger"
)

const (
	crowdUsers  = 20
	crowdLogins = 10 // of each and at a time; a user may log in 30 times in 10 minutes
	together    = crowdUsers * crowdLogins
)

// A crowd logs in at a process of its own while something happens to that.
type crowd struct {
	process *process.Process
	holders []holder

	mu        sync.Mutex
	confirmed map[string]string // by ce-id: the user, of what the bus has taken
}

func newCrowd(t *testing.T) *crowd {
	t.Helper()
	c := &crowd{process: start(t, platforms), confirmed: map[string]string{}, holders: make([]holder, crowdUsers)}
	ctx, p := within(t, 2*patient), acme(t, c.process)
	var enrolling sync.WaitGroup
	for first := range 2 { // a picture of a secret is a worker's dearest answer: a machine draws as many at once as it has cores
		enrolling.Go(func() {
			for i := first; i < crowdUsers; i += 2 {
				c.holders[i] = enrolled(ctx, t, p)
			}
		})
	}
	enrolling.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return c
}

// logsInUntil lets everybody log in, and does end as soon as some are answered.
func (c *crowd) logsInUntil(t *testing.T, answers int, end func() error) {
	t.Helper()
	p := acme(t, c.process)
	defer p.Close()
	ctx, cancel := context.WithCancel(within(t, patient))
	ears, err := p.ListenToAll(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var sending sync.WaitGroup
	for _, h := range c.holders {
		sending.Go(func() { c.logsIn(ctx, p, h.user) })
	}
	for range answers {
		got(t, "challenge.issued")(ears.Await(ctx, func(e stranger.Event) bool { return e.Fact() == "challenge.issued" }))
	}
	if err := end(); err != nil {
		t.Errorf("end the process: %v", err)
	}
	cancel()
	sending.Wait()
	t.Logf("after %d answers, with %d logins confirmed so far", answers, len(c.confirmed))
}

// logsIn publishes one login after the other, until the bus is gone.
func (c *crowd) logsIn(ctx context.Context, p *stranger.Platform, user string) {
	for range crowdLogins {
		id := stranger.NewID("")
		if _, err := p.Publish(ctx, p.Message("login.started", id, login(user, stranger.NewID("l-")))); err != nil {
			return
		}
		c.mu.Lock()
		c.confirmed[id] = user
		c.mu.Unlock()
	}
}

func (c *crowd) restart(t *testing.T) {
	t.Helper()
	c.process = started(t)(c.process.Again(within(t, patient)))
}

// isAnsweredOnce reads all that was ever said: every login that the bus had confirmed has one answer; what is said again is
// the same event.
func (c *crowd) isAnsweredOnce(t *testing.T) {
	t.Helper()
	ctx, p := within(t, 2*patient), acme(t, c.process)
	records, err := p.Records(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer records.Close()
	answers, open := map[string]stranger.Event{}, len(c.confirmed)
	read := func() {
		e, err := records.Next(ctx)
		if err != nil {
			t.Fatalf("%d logins have no answer: %v", open, err)
		}
		former, known := answers[e.Cause]
		if known && e.Fact() == "challenge.issued" && (former.ID != e.ID || former.Body != e.Body) {
			t.Errorf("answered twice: %s and %s", former, e)
		}
		if e.Fact() != "challenge.issued" || known {
			return
		}
		answers[e.Cause] = e
		if c.confirmed[e.Cause] != "" {
			open--
		}
	}
	for open > 0 {
		read()
	}
	for _, h := range c.holders { // in the order of each user: what would come late comes before
		id := stranger.NewID("")
		got(t, "challenge.issued")(p.Send(ctx, h.user, p.Message("login.started", id, login(h.user, stranger.NewID("l-"))), id))
		for answers[id].ID == "" {
			read()
		}
	}
}
