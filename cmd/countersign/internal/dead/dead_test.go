package dead_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/cmd/countersign/internal/dead"
	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/workertest"
)

func required(user string) *enrollment.RequirementRequested {
	yes := true
	return &enrollment.RequirementRequested{User: user, Required: &yes, By: "s-1"}
}

// once holds the user's enrollment to one commit, and the platform to one answer, although the message came again and again.
func (w *ward) once(user, id string) {
	w.t.Helper()
	w.Answer(id)
	w.Quiet()
	if n := len(w.User(user).Commits(worker.EnrollmentKind)); n != 1 {
		w.t.Errorf("%d commits, want 1", n)
	}
	if n := len(w.Answers(id)); n != 1 {
		w.t.Errorf("%d answers, want 1", n)
	}
}

func TestWhatDiedOfAFaultIsReplayedWithOneEffectOnceItIsMended(t *testing.T) {
	w := newWard(t, enrollment.RequirementRequestedType)
	w.Send(required("ann-1"), workertest.ID("r-1"))
	n := w.letters(1)[0]
	key := events.UserKey(workertest.Acme, "ann-1")

	listed := w.list()
	w.says(listed, "acme", "enroll", "requirement.requested", "panic", key, "r-1", "1 letter: 1 panic\n", `"reason":"panic"`)
	if strings.Contains(listed, "ann-1") {
		t.Errorf("the list names a user whose message is sealed:\n%s", listed)
	}
	said, err := w.show(n, withoutKey)
	w.says(said, "what was wrong  panic: ", "what mends it   run a release without the fault, then replay\n", "after 5 deliveries", "enroll-requirement-requested of MFA_IN", "sealed, ")
	if err != nil || strings.Contains(said, "ann-1") {
		t.Errorf("%v: the letter opens without a key:\n%s", err, said)
	}
	said, _ = w.show(n)
	w.says(said, `user = "ann-1"`, "required = true", "publishes it again")

	said, err = w.replay(dryRun)
	w.says(said, "would be replayed\n", "1 would be replayed, 0 left, of 1 (nothing was changed)\n")
	if err != nil || len(w.letters(1)) != 1 {
		t.Errorf("a dry run: %v", err)
	}
	w.mend()
	said, err = w.replay()
	w.says(said, ": replayed to mfa.acme.in.requirement.requested\n", "1 replayed, 0 left, of 1\n")
	if err != nil {
		t.Error(err)
	}
	w.once("ann-1", "r-1")
	said, err = w.replay()
	if said != "no letters\n" || err != nil || !strings.HasPrefix(w.list(), "no letters\n") {
		t.Errorf("after the replay: %q, %v", said, err)
	}
}

func TestALetterThatDiesAgainSaysSo(t *testing.T) {
	w := newWard(t, enrollment.RequirementRequestedType)
	w.Send(required("ann-1"), workertest.ID("r-1"))
	before := w.letters(1)[0]
	if _, err := w.replay(); err != nil {
		t.Fatal(err)
	}
	if after := w.letters(1)[0]; after == before {
		t.Fatalf("letter %d was not replayed", after)
	}
	w.says(w.list(), "died again after 1 replay", `"replays":1`)
	w.mend()
	if _, err := w.replay(); err != nil {
		t.Fatal(err)
	}
	w.once("ann-1", "r-1")
}

// A torn bus loses its confirmation, or the message, of what is published as an in: as if the command had been killed there.
type torn struct {
	dead.Publisher
	stored bool
}

var errTorn = errors.New("the line is torn")

func (b torn) Publish(ctx context.Context, out []bus.Outgoing) ([]uint64, error) {
	if !strings.Contains(out[0].Subject, ".in.") {
		return b.Publisher.Publish(ctx, out)
	}
	if b.stored {
		if _, err := b.Publisher.Publish(ctx, out); err != nil {
			return nil, err
		}
	}
	return nil, errTorn
}

func TestAnInterruptedReplayIsNoticedAndHasOneEffect(t *testing.T) {
	for name, stored := range map[string]bool{"before the message is stored": false, "after the message is stored": true} {
		t.Run(name, func(t *testing.T) {
			w := newWard(t, enrollment.RequirementRequestedType)
			w.Send(required("ann-1"), workertest.ID("r-1"))
			w.letters(1)
			w.mend()
			_, err := w.replay(func(r *dead.Replay) { r.Bus = torn{r.Bus, stored} })
			if !errors.Is(err, errTorn) {
				t.Fatal(err)
			}
			if stored {
				w.once("ann-1", "r-1")
			}
			w.letters(1)
			w.says(w.list(), "replay begun ", ", end unknown")
			said, err := w.replay()
			w.says(said, "left: a replay was begun at", "--again")
			w.refuses(err, "1 of 1 letters are left")
			if _, err := w.replay(again); err != nil {
				t.Fatal(err)
			}
			w.once("ann-1", "r-1")
			w.letters(0)
		})
	}
}

// Whatever replays at the same time, the bus lets one begin.
func TestTwoReplaysOfOneLetterAreOne(t *testing.T) {
	w := newWard(t, enrollment.RequirementRequestedType)
	w.Send(required("ann-1"), workertest.ID("r-1"))
	w.letters(1)
	w.mend()
	said, err := w.replay(func(outer *dead.Replay) {
		outer.Bus = meanwhile{outer.Bus, func() {
			said, err := w.replay()
			w.says(said, "1 replayed")
			if err != nil {
				t.Error(err)
			}
		}}
	})
	w.says(said, "left: somebody else has replayed or discarded it", "0 replayed, 1 left")
	w.refuses(err, "1 of 1 letters are left")
	w.once("ann-1", "r-1")
	if n := w.calls.Load(); n != 1 {
		t.Errorf("handled %d times", n)
	}
}

// meanwhile lets another replay run between reading the letter and marking it.
type meanwhile struct {
	dead.Publisher
	other func()
}

func (m meanwhile) Publish(ctx context.Context, out []bus.Outgoing) ([]uint64, error) {
	if strings.Contains(out[0].Subject, ".dead.") {
		m.other()
	}
	return m.Publisher.Publish(ctx, out)
}

func TestAReplayStopsBetweenTwoLetters(t *testing.T) {
	w := newWard(t, enrollment.RequirementRequestedType)
	for _, id := range []string{"r-1", "r-2", "r-3"} {
		w.Send(required("ann-"+id), workertest.ID(id))
	}
	w.letters(3)
	w.mend()
	ctx, stop := context.WithCancel(t.Context())
	var out strings.Builder
	_, err := w.replay(func(r *dead.Replay) {
		r.Out, r.Every = &out, time.Hour
		r.Bus = stopping{r.Bus, stop}
		err := r.Run(ctx)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		w.says(out.String(), "1 replayed, 0 left, of 3; 2 not looked at\n")
		r.Filter.Sequences = []dead.Range{{First: 1 << 40, Last: 1 << 40}}
	})
	if err != nil {
		t.Error(err)
	}
	w.letters(2)
	if _, err := w.replay(); err != nil {
		t.Error(err)
	}
	for _, id := range []string{"r-1", "r-2", "r-3"} {
		w.once("ann-"+id, id)
	}
}

// stopping stops the command while it publishes.
type stopping struct {
	dead.Publisher
	stop func()
}

func (s stopping) Publish(ctx context.Context, out []bus.Outgoing) ([]uint64, error) {
	s.stop()
	return s.Publisher.Publish(ctx, out)
}

func TestAFactThatOneWorkerCouldNotHandleIsNoNewsToTheOthers(t *testing.T) {
	w := newWard(t, enrollment.FactorRemovedType)
	u := w.User("ann-1")
	u.Enrolled(events.TOTP)
	w.Ask(&guard.LoginStarted{User: "ann-1", LoginID: "l-1"})
	w.Send(&enrollment.ResetRequested{User: "ann-1", By: "s-1", Reason: events.NewSecret("lost")}, workertest.ID("e-1"))
	n := w.letters(1)[0]
	said, err := w.show(n)
	w.says(said, "verify-factor-removed of MFA_OUT", u.Key)
	if err != nil {
		t.Error(err)
	}
	before := len(u.Commits(worker.GuardKind))
	w.mend()
	if _, err := w.replay(); err != nil {
		t.Fatal(err)
	}
	w.Quiet()
	if w.calls.Load() == 0 || len(u.Commits(worker.GuardKind)) != before+1 {
		t.Errorf("%d commits after the replay, %d before", len(u.Commits(worker.GuardKind)), before)
	}
	if n := len(w.Answers("e-1")); n != 1 {
		t.Errorf("the reset was answered %d times", n)
	}
}

// Longer than the nine digits of a time's fraction, or a clock says it by chance.
const (
	numbers = "739182739182"
	canary  = "canary-" + numbers
)

func attempt(id string) *guard.AttemptSubmitted {
	return &guard.AttemptSubmitted{User: "ann-1", ChallengeID: id, Code: events.NewSecret(canary)}
}

func TestACodeIsShownToWhoeverAsksForSecretsAlone(t *testing.T) {
	w := newWard(t, guard.AttemptSubmittedType)
	w.Send(attempt("ch-1"), workertest.ID("a-1"))
	w.letters(1)
	w.write("verify", "attempt.submitted", "mfa.acme.in.attempt.submitted", guard.AttemptSubmittedType,
		`{"user":"`+canary+`@example.com","code":`+numbers+`,"`+canary+`":"`+canary+`","challenge_id":["`+canary+`"]}`)
	w.write("verify", "attempt.submitted", "mfa.acme.in.attempt.submitted", guard.AttemptSubmittedType, `{"user":"ann-1","code":"`+canary)
	w.write("verify", "attempt.submitted", "mfa.acme.in.attempt.submitted", "", canary)
	all := w.list()
	for _, n := range w.letters(4)[:1] {
		said, err := w.show(n)
		if err != nil {
			t.Error(err)
		}
		w.says(said, "code = "+events.Redacted, `challenge_id = "ch-1"`)
		secret, err := w.show(n, func(s *dead.Show) { s.Secrets = true })
		if err != nil || !strings.Contains(secret, canary) {
			t.Errorf("%v: who asks for secrets is not shown them:\n%s", err, secret)
		}
		all += said
	}
	for _, n := range w.letters(4) {
		said, _ := w.show(n)
		sealed, _ := w.show(n, withoutKey)
		all += said + sealed
	}
	replayed, _ := w.replay(dryRun)
	if all += replayed; strings.Contains(all, "canary") || strings.Contains(all, numbers) {
		t.Errorf("a secret shows:\n%s", all)
	}
	w.says(all, "1 field that the contract does not have", "no JSON: ", "wrong JSON type", "would die again: ce-specversion is missing")
}

func TestWhatNobodyWaitsForAnyMoreIsLeft(t *testing.T) {
	w := newWard(t, guard.AttemptSubmittedType)
	if slices.Sort(w.hasty); !slices.Equal(w.hasty, slices.Sorted(slices.Values(dead.Hastes))) {
		t.Errorf("the workers take %v for late, a replay %v", w.hasty, dead.Hastes)
	}
	w.Send(attempt("ch-1"), workertest.ID("a-1"))
	n := w.letters(1)[0]
	w.mend()
	w.now = worker.Fresh + time.Second
	said, err := w.replay(again)
	w.says(said, "left: too late: it was published 1m")
	w.refuses(err, "1 of 1 letters are left")
	if said, _ := w.show(n); !strings.Contains(said, "leaves it: too late") {
		t.Errorf("show does not say that it is left:\n%s", said)
	}
	w.now = 0
	if _, err := w.replay(); err != nil {
		t.Error(err)
	}
	if r := workertest.As[*guard.AttemptRejected](w.House, w.Answer("a-1")); r.Reason != guard.UnknownChallenge {
		t.Errorf("got %+v", r)
	}
}
