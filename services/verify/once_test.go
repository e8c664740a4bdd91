package verify_test

import (
	"strconv"
	"sync"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
)

const racing = 40

// Forty attempts with equal codes and ids of their own, over three replicas: at four challenges of one app, and at one challenge of a sent code.
func TestOfRacingAttemptsOneIsAccepted(t *testing.T) {
	t.Parallel()
	for name, place := range workertest.Places() {
		for _, factor := range []events.Factor{events.TOTP, events.Email} {
			t.Run(name+" "+string(factor), func(t *testing.T) {
				f := start(t, with(func(p *policy.Policy) { p.Challenge.Attempts = 1000 }), func(c *workertest.Config) { c.Place = place })
				f.Wake("verify", "verify")
				f.race(factor)
				if n := f.passed(); n != 1 {
					t.Errorf("%d logins passed, want 1", n)
				}
				f.ReplayAll()
			})
		}
	}
}

func (f *fixture) race(factor events.Factor) {
	enrolled := f.User("ann-1").Enrolled(factor)
	logins := 4
	if guard.Sent(factor) {
		logins = 1
	}
	var challenges []string
	for i := range logins {
		challenges = append(challenges, f.challenge("ann-1", "l"+strconv.Itoa(i)).ChallengeID)
	}
	code := enrolled.Code(workertest.Step())
	if guard.Sent(factor) {
		code = f.User("ann-1").Sent(challenges[0], 1)
	}
	var group sync.WaitGroup
	sent := make([]workertest.Sent, racing)
	for i := range sent {
		sent[i] = f.Write(attempt("ann-1", challenges[i%logins], code))
		group.Go(func() { f.Publish(sent[i]) })
	}
	group.Wait()
	for _, s := range sent {
		f.Answer(s.ID)
		f.Publish(s)
	}
	f.Quiet()
	for _, s := range sent {
		if n := len(f.Answers(s.ID)); n != 1 {
			f.t.Errorf("%s has %d answers", s.ID, n)
		}
	}
}

func TestACodeThatOpenedOneLoginIsReplayedInAnother(t *testing.T) {
	f := start(t)
	app := f.User("ann-1").Enrolled(events.TOTP)
	first, second := f.challenge("ann-1", "l1"), f.challenge("ann-1", "l2")
	code := app.Code(workertest.Step())
	f.accepted(attempt("ann-1", first.ChallengeID, code))
	f.rejected(attempt("ann-1", second.ChallengeID, code), guard.Replayed)
	reuse := f.Heard(workertest.Of(guard.CodeReuseDetectedType))
	if len(reuse) == 0 || reuse[0].Event.(*guard.CodeReuseDetected).FirstLoginID != "l1" {
		t.Errorf("heard of reuse %v", reuse)
	}
	f.ReplayAll()
}

func TestTheStepThatActivatedIsSpent(t *testing.T) {
	f := start(t)
	ann := f.User("ann-1")
	app := ann.Enrolled(events.TOTP)
	c := f.challenge("ann-1", "l1")
	f.rejected(attempt("ann-1", c.ChallengeID, app.Code(workertest.Step()-10)), guard.WrongCode) // outside the window
	f.accepted(attempt("ann-1", c.ChallengeID, app.Code(workertest.Step())))
}

func TestTheSameLoginAgainSendsNothing(t *testing.T) {
	f := start(t)
	f.User("ann-1").Enrolled(events.SMS)
	first := f.challenge("ann-1", "l1")
	again := f.challenge("ann-1", "l1") // another ce-id
	if again.ChallengeID != first.ChallengeID || again.Sending || !again.ExpiresAt.Equal(first.ExpiresAt) {
		t.Errorf("answered with %+v, want how the challenge stands", again)
	}
	f.ReplayAll()
	f.Quiet()
	if n := len(workertest.Once(f.Heard(workertest.Of("countersign.notification.requested.v1")))); n != 1 {
		t.Errorf("%d messages are to be sent, want 1", n)
	}
}

func TestAnUsedIDWithOtherContentIsInvalid(t *testing.T) {
	f := start(t)
	f.User("ann-1").Enrolled(events.SMS)
	c := f.challenge("ann-1", "l1")
	right := f.User("ann-1").Sent(c.ChallengeID, 1)
	f.judged("once", attempt("ann-1", c.ChallengeID, workertest.Wrong(right)))
	s := f.Send(attempt("ann-1", c.ChallengeID, right), workertest.ID("once"))
	no := f.Await("the other content is refused", 1, func(e workertest.Event) bool {
		return e.Envelope.CausationID == s.ID && e.Envelope.Type == events.RequestRejectedType
	})[0]
	if workertest.Refused(no) != events.Invalid || no.Event.(*events.RequestRejected).Field != "ce-id" {
		t.Errorf("answered with %v", no)
	}
	if f.passed() != 0 {
		t.Error("a login passed")
	}
}

func (f *fixture) judged(id string, e *guard.AttemptSubmitted) {
	f.t.Helper()
	workertest.As[*guard.AttemptRejected](f.House, f.Ask(e, workertest.ID(id)))
}

func TestPlatformsWithEqualIDsAreStrangers(t *testing.T) {
	f := start(t, func(c *workertest.Config) {
		c.Policies = []policy.Policy{workertest.Lenient("acme"), workertest.Lenient("globex")}
	})
	other := f.House.Platform("globex")
	f.User("u1").Enrolled(events.SMS)
	acme := f.Ask(login("u1", "l1"), workertest.ID("same"))
	globex := other.Ask(login("u1", "l1"), workertest.ID("same"))
	workertest.As[*guard.ChallengeIssued](f.House, acme)
	workertest.As[*guard.ChallengeWaived](f.House, globex)
	challenge := acme.Event.(*guard.ChallengeIssued).ChallengeID
	foreign := other.Ask(attempt("u1", challenge, f.User("u1").Sent(challenge, 1)))
	if r := workertest.As[*guard.AttemptRejected](f.House, foreign); r.Reason != guard.UnknownChallenge {
		t.Errorf("a foreign challenge is %s", r.Reason)
	}
	f.accepted(attempt("u1", challenge, f.User("u1").Sent(challenge, 1)))
}
