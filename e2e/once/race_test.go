package once_test

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"sync"
	"time"

	"countersign/e2e/once"
	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker/workertest"
)

const runners = 8 // ce-ids that race for one code

// A race is for one code of a user of its own.
type race struct {
	site     *site
	user     workertest.User
	attempts []workertest.Sent // each with a ce-id of its own
	asks     []guard.JudgeRequest
}

// A kind is what is raced for.
type kind struct {
	name    string
	prepare func(r *race)
}

var kinds = []kind{{"a code of an app", ofApp}, {"a code that was sent", ofSent}, {"a recovery code", ofRecovery}}

// ofApp tries one code of an app at four challenges.
func ofApp(r *race) {
	app := r.user.Enrolled(events.TOTP)
	open := r.challenges(4)
	r.tries(open, guard.AttemptSubmitted{Code: events.NewSecret(app.Code(workertest.Step()))})
}

func ofSent(r *race) {
	r.user.Enrolled(events.Email)
	open := r.challenges(1)
	r.tries(open, guard.AttemptSubmitted{Code: events.NewSecret(r.user.Sent(open[0], 1))})
}

// ofRecovery tries a recovery code at two challenges, and in a recovery.
func ofRecovery(r *race) {
	r.user.Enrolled(events.TOTP)
	code := events.NewSecret(r.user.Printed("set of " + r.user.ID).Code(5))
	r.tries(r.challenges(2), guard.AttemptSubmitted{Factor: events.RecoveryCode, Code: code})
	for i := range runners / 2 {
		r.asks = append(r.asks, guard.JudgeRequest{User: r.user.ID, ID: r.user.ID + " asks " + strconv.Itoa(i), Code: code})
	}
}

func (r *race) challenges(n int) (ids []string) {
	for i := range n {
		answer := r.site.Ask(&guard.LoginStarted{User: r.user.ID, LoginID: r.user.ID + " login " + strconv.Itoa(i)})
		ids = append(ids, workertest.As[*guard.ChallengeIssued](r.site.House, answer).ChallengeID)
	}
	return ids
}

func (r *race) tries(challenges []string, a guard.AttemptSubmitted) {
	for i := range runners {
		one := a
		one.User, one.ChallengeID = r.user.ID, challenges[i%len(challenges)]
		r.attempts = append(r.attempts, r.site.Write(&one))
	}
}

func (s *site) prepared(k kind) *race {
	s.races++
	r := &race{site: s, user: s.User(fmt.Sprintf("ann-%d", s.races))}
	k.prepare(r)
	return r
}

// race has everything tried twice at once in a weather, and once more when it has passed.
func (s *site) race(k kind, w weather) {
	s.t.Helper()
	r := s.prepared(k)
	passes := w.rises(s, r)
	r.storm()
	passes()
	s.Quiet()
	r.all()
	if s.history.Count(r.user.ID, once.Accepted) == 0 {
		s.t.Errorf("nobody was accepted: the race for %s, %s, was none", k.name, w.name)
	}
}

// storm publishes every attempt twice, in any order, all at once.
func (r *race) storm() {
	twice := append(append([]workertest.Sent{}, r.attempts...), r.attempts...)
	r.site.dice.Shuffle(len(twice), func(i, j int) { twice[i], twice[j] = twice[j], twice[i] })
	r.run(twice)
}

// all publishes every attempt once.
func (r *race) all() { r.run(r.attempts) }

func (r *race) run(attempts []workertest.Sent) {
	var running sync.WaitGroup
	for _, a := range attempts {
		running.Go(func() { r.publish(a) })
	}
	for _, q := range r.asks {
		running.Go(func() { r.ask(q) })
	}
	running.Wait()
}

// publish takes the first answer that decides and is heard from now on. An attempt that is too late for a machine whose clock is ahead is published
// again: whatever becomes of it, another machine decides. A refusal that no commit holds may be taken back (ADR 13), and leaves no trace; but what is
// spent stays spent.
func (r *race) publish(a workertest.Sent) {
	end := r.site.history.Begin(once.Attempt{Code: r.user.ID, ID: a.ID})
	a.Header = maps.Clone(a.Header) // publishing writes into it
	for r.site.t.Context().Err() == nil {
		before := len(r.site.Heard(because(a.ID)))
		r.site.Publish(a)
		e := r.site.Await("the answer to "+a.ID, before+1, because(a.ID))[before]
		if e.Envelope.Type == events.RequestRejectedType {
			continue
		}
		if heard := answer(e); e.Envelope.Sequence > 0 || heard.Verdict == once.Spent {
			end(heard)
		}
		return
	}
}

func because(id string) func(workertest.Event) bool {
	return func(e workertest.Event) bool { return e.Envelope.CausationID == id }
}

func answer(e workertest.Event) once.Answer {
	a := once.Answer{Verdict: once.Refused, Event: e.Envelope.ID + " " + e.Envelope.Type + " " + string(e.Envelope.Data)}
	switch e := e.Event.(type) {
	case *guard.AttemptAccepted:
		a.Verdict = once.Accepted
	case *guard.AttemptRejected:
		if e.Reason == guard.Replayed || e.Reason == guard.Closed {
			a.Verdict = once.Spent
		}
	}
	return a
}

// ask puts a recovery's question until it is answered: whoever was asked may be dead.
func (r *race) ask(q guard.JudgeRequest) {
	end := r.site.history.Begin(once.Attempt{Code: r.user.ID, ID: q.ID})
	var j guard.Judgement
	for r.askOnce(q, &j) != nil && r.site.t.Context().Err() == nil {
	}
	end(once.Answer{Verdict: map[guard.Verdict]once.Verdict{
		guard.VerdictRight: once.Accepted, guard.VerdictReplayed: once.Spent,
	}[j.Verdict], Event: fmt.Sprintf("%+v", j)})
}

func (r *race) askOnce(q guard.JudgeRequest, j *guard.Judgement) error {
	ctx, cancel := context.WithTimeout(r.site.t.Context(), 2*time.Second)
	defer cancel()
	return r.site.recovery.Ask(ctx, workertest.Acme, guard.JudgeEntity, guard.JudgeVerb, q, j)
}
