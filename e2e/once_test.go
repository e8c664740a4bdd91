package e2e_test

import (
	"context"
	"sync"
	"testing"

	"countersign/e2e/stranger"
)

func TestFortyEqualAttemptsAtOnceAreAcceptedOnce(t *testing.T) {
	ctx, p := within(t, patient), acme(t, shared)
	h := enrolled(ctx, t, p)
	challenge := challenged(ctx, t, p, h.user)
	ears, err := p.Listen(ctx, h.user)
	if err != nil {
		t.Fatal(err)
	}
	replicas := []*stranger.Platform{p, acme(t, shared), acme(t, shared), acme(t, shared)}
	ids := atOnce(ctx, t, replicas, 40, attempt(challenge, h.next()))
	reasons := map[string]int{}
	for _, id := range ids {
		answer, err := ears.Answer(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		reasons[answer.Fact()+" "+answer.Text("reason")]++
	}
	if reasons["attempt.accepted "] != 1 || reasons["attempt.rejected closed"] != 39 {
		t.Errorf("got %v, want one accepted and 39 too late", reasons)
	}
}

// atOnce publishes n equal attempts, each with an id of its own, from all replicas of a platform, and returns their ids.
func atOnce(ctx context.Context, t *testing.T, replicas []*stranger.Platform, n int, d data) []string {
	t.Helper()
	ids, ready := make([]string, n), make(chan struct{})
	var sending sync.WaitGroup
	for i := range n {
		ids[i] = stranger.NewID("")
		p := replicas[i%len(replicas)]
		m := p.Message("attempt.submitted", ids[i], d)
		sending.Go(func() {
			<-ready
			if _, err := p.Publish(ctx, m); err != nil {
				t.Errorf("publish: %v", err)
			}
		})
	}
	close(ready)
	sending.Wait()
	return ids
}

// One attempt comes at once, again when the bus has forgotten it, and again after a kill and a restart. Its platform sends
// it under message ids of its own, so that the bus can drop none.
func TestOneAttemptSentThreeTimesHasOneEffectAndOneAnswer(t *testing.T) {
	t.Parallel()
	ctx, own := within(t, 2*patient), start(t, platforms)
	p := acme(t, own)
	h := enrolled(ctx, t, p)
	challenge := challenged(ctx, t, p, h.user)
	ears, err := p.Listen(ctx, h.user)
	if err != nil {
		t.Fatal(err)
	}
	wrong := repeated{p, ears, stranger.NewID(""), attempt(challenge, h.wrong())}
	right := repeated{p, ears, stranger.NewID(""), attempt(challenge, h.next())}
	missed := wrong.twice(ctx, t, "attempt.rejected")
	accepted := right.twice(ctx, t, "attempt.accepted")

	if err := own.Kill(); err != nil {
		t.Fatal(err)
	}
	started(t)(own.Again(ctx))
	if p.Conn.FlushWithContext(ctx) != nil { // until the connection and its subscription are there again
		t.Fatal("the platform did not come back")
	}
	wrong.once(ctx, t, missed)
	right.once(ctx, t, accepted)
	if missed.Number("attempts_left") != 4 {
		t.Errorf("a wrong code sent three times left %d attempts, want 4", missed.Number("attempts_left"))
	}
	fresh := got(t, "attempt.rejected")(p.Ask(ctx, "attempt.submitted", attempt(challenge, h.next())))
	if fresh.Text("reason") != "closed" {
		t.Errorf("the same code under another id: %s", fresh)
	}
}

// A repeated attempt is sent more than once under one id.
type repeated struct {
	p    *stranger.Platform
	ears *stranger.Ears
	id   string
	data data
}

func (r repeated) twice(ctx context.Context, t *testing.T, fact string) stranger.Event {
	t.Helper()
	m := r.p.Message("attempt.submitted", r.id, r.data)
	for range 2 { // the second within the window in which the bus knows the message id
		if _, err := r.p.Publish(ctx, m); err != nil {
			t.Fatal(err)
		}
	}
	first := got(t, fact)(r.ears.Answer(ctx, r.id))
	r.once(ctx, t, first)
	return first
}

// once sends it again and wants the answer that it had.
func (r repeated) once(ctx context.Context, t *testing.T, before stranger.Event) {
	t.Helper()
	if _, err := r.p.Publish(ctx, stranger.AskAgain(r.p.Message("attempt.submitted", r.id, r.data))); err != nil {
		t.Fatal(err)
	}
	again, err := r.ears.Next(ctx)
	for err == nil && again.Cause != r.id {
		again, err = r.ears.Next(ctx)
	}
	if err != nil || again.ID != before.ID || again.Type != before.Type || again.Body != before.Body || again.Sequence != before.Sequence {
		t.Errorf("answered first with %s, then with %s, %v", before, again, err)
	}
}
