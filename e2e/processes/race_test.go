package processes_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"countersign/e2e/once"
	"countersign/e2e/stranger"
)

const (
	raceMembers = 4 // each races for a code of its own
	raceRunners = 6 // ce-ids for one code, each published twice
	raceAnswers = raceMembers * raceRunners * 2
)

// A race is for codes of apps, over processes of verify that stand still, wake up late and die.
type race struct {
	*platform
	history *once.History
	heard   chan struct{} // one for each answer
}

// Beside the site's own process there are three more. One is frozen before the first attempt and goes on when half of all are answered; two are
// killed on the way. Package once does the same to workers of one process at every step, and says what is checked.
func TestACodeIsAcceptedOnceWhileProcessesStandStillAndDie(t *testing.T) {
	t.Parallel()
	ctx := within(t, 2*patient)
	r := &race{openPlatform(t, "acme"), once.NewHistory(), make(chan struct{}, raceAnswers)}
	late, dying := r.another(ctx, t), []*worker{r.another(ctx, t), r.another(ctx, t)}
	codes := r.codes(ctx, t)
	must(t, late.Freeze())
	var running sync.WaitGroup
	for _, attempts := range codes {
		for _, a := range slices.Concat(attempts, attempts) {
			running.Go(func() { r.publish(ctx, t, a) })
		}
	}
	for _, w := range dying {
		r.await(ctx, t, raceAnswers/4)
		must(t, w.Kill())
	}
	must(t, late.Thaw())
	running.Wait()
	for _, p := range once.Promises() {
		must(t, r.history.Check(p, "", time.Minute))
	}
	for user := range codes {
		if r.history.Count(user, once.Accepted) == 0 {
			t.Errorf("nobody was accepted with the code of %s", user)
		}
	}
}

func (r *race) another(ctx context.Context, t *testing.T) *worker {
	t.Helper()
	w, err := shared.startWith(ctx, "verify", shared.environment("verify", shared.bus))
	must(t, err)
	t.Cleanup(func() { must(t, w.Kill()) })
	return w
}

// An entry is one attempt of a race, under a ce-id of its own.
type entry struct {
	id string
	data
}

// codes enrolls members and begins two logins of each; every attempt of one is with the same code.
func (r *race) codes(ctx context.Context, t *testing.T) map[string][]entry {
	t.Helper()
	all := map[string][]entry{}
	for range raceMembers {
		m := r.newMember()
		a := m.enrollsApp(ctx, t)
		challenges := []string{m.logsIn(ctx, t).Text("challenge_id"), m.logsIn(ctx, t).Text("challenge_id")}
		for i := range raceRunners {
			all[m.user] = append(all[m.user], entry{stranger.NewID(""), data{"user": m.user, "challenge_id": challenges[i%2], "code": a.next()}})
		}
	}
	return all
}

// publish takes the first answer from now on that a commit holds.
func (r *race) publish(ctx context.Context, t *testing.T, a entry) {
	user := a.data["user"].(string)
	end := r.history.Begin(once.Attempt{Code: user, ID: a.id})
	for {
		m := stranger.AskAgain(r.login.Message("attempt.submitted", a.id, a.data))
		e, err := r.login.Send(ctx, user, m, a.id)
		if err != nil {
			t.Error(err)
			return
		}
		if e.Sequence != "" {
			end(once.Answer{Verdict: verdict(e), Event: e.ID + " " + e.Type + " " + e.Body})
			r.heard <- struct{}{}
			return
		}
	}
}

func verdict(e stranger.Event) once.Verdict {
	switch e.Fact() + " " + e.Text("reason") {
	case "attempt.accepted ":
		return once.Accepted
	case "attempt.rejected replayed", "attempt.rejected closed":
		return once.Spent
	}
	return once.Refused
}

func (r *race) await(ctx context.Context, t *testing.T, answers int) {
	t.Helper()
	for range answers {
		select {
		case <-r.heard:
		case <-ctx.Done():
			t.Fatal("the race stands still")
		}
	}
}
