package verify_test

import (
	"slices"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/workertest"
)

// A doubt is what keeps verify from knowing that the door may open.
type doubt struct {
	name   string
	store  workertest.Faults
	keys   error
	waives bool // it stands in the way of a waiver, too
}

func read(kind string, change func(*eventstore.Commit)) workertest.Faults {
	return workertest.Faults{Read: func(c eventstore.Commit) eventstore.Commit {
		if c.Stream.Kind == kind && len(c.Events) > 0 {
			c.Events = slices.Clone(c.Events)
			change(&c)
		}
		return c
	}}
}

func broken(op workertest.Op, kind string) workertest.Faults {
	return workertest.Faults{Before: workertest.On(op, kind)}
}

func newerFold(c *eventstore.Commit) { c.Fold = enrollment.Fold + 2 }

// unknownType makes the state be folded anew, from an event that this release does not know.
func unknownType(c *eventstore.Commit) {
	c.Fold, c.Events[len(c.Events)-1].Type = 0, "countersign.factor.frozen.v1"
}

func unreadable(c *eventstore.Commit) { c.State = []byte(`{"factors":"none"}`) }

var reasons = []doubt{
	{name: "the enrollment's head cannot be read", waives: true, store: broken(workertest.Head, "enrollment")},
	{name: "the enrollment was folded by a newer release", waives: true, store: read("enrollment", newerFold)},
	{name: "the enrollment holds an event of an unknown type", waives: true, store: read("enrollment", unknownType)},
	{name: "the enrollment's state cannot be read", waives: true, store: read("enrollment", unreadable)},
	{name: "the history of the enrollment cannot be read", waives: true, store: unreadableHistory()},
	{name: "the guard's head cannot be read", waives: true, store: broken(workertest.Head, "guard")},
	{name: "the guard was folded by a newer release", waives: true, store: read("guard", newerFold)},
	{name: "the append fails", waives: true, store: broken(workertest.Append, "guard")},
	{name: "the user's keys are gone", keys: keyring.ErrNoKeyring},
	{name: "the user's keys are forged", keys: keyring.ErrForged},
	{name: "the keys cannot be read", keys: workertest.ErrBroken},
}

func unreadableHistory() workertest.Faults {
	f := read("enrollment", func(c *eventstore.Commit) { c.Fold = 0 })
	f.Before = workertest.On(workertest.Replay, "enrollment")
	return f
}

// While a doubt lasts, the right code is not accepted; once it has ended, it is, once.
func TestDoubtAcceptsNothing(t *testing.T) {
	t.Parallel()
	for _, reason := range reasons {
		t.Run(reason.name, func(t *testing.T) {
			f := start(t)
			app := f.User("ann-1").Enrolled(events.TOTP)
			c := f.challenge("ann-1", "l1")
			s := f.doubted(reason, attempt("ann-1", c.ChallengeID, app.Code(workertest.Step())))
			workertest.As[*guard.AttemptAccepted](f.House, f.Answer(s.ID))
			f.only(s)
		})
	}
}

// The user has guard and enrollment streams and no factor, so that a waiver is the right answer, by a commit.
func TestDoubtWaivesNothing(t *testing.T) {
	t.Parallel()
	for _, reason := range reasons {
		if !reason.waives {
			continue
		}
		t.Run(reason.name, func(t *testing.T) {
			f := start(t)
			f.User("ann-1").Enrollment(&enrollment.RequirementChanged{User: "ann-1", By: "s1"})
			f.User("ann-1").Waived("l0")
			s := f.doubted(reason, login("ann-1", "l1"))
			workertest.As[*guard.ChallengeWaived](f.House, f.Answer(s.ID))
			f.only(s)
		})
	}
}

// doubted publishes e while the doubt lasts, sees that nobody passes, and ends the doubt.
func (f *fixture) doubted(reason doubt, e events.Event) workertest.Sent {
	f.t.Helper()
	f.Store.Break(reason.store)
	if reason.keys != nil {
		f.Keys.Break(func() error { return reason.keys })
	}
	s := f.Send(e)
	f.CameBack(e.EventType())
	if heard := f.Answers(s.ID); len(heard) > 0 {
		f.t.Errorf("in doubt, %s was said", heard[0].Envelope.Type)
	}
	f.Store.Mend()
	f.Keys.Break(nil)
	return s
}

// only checks that s had its one effect.
func (f *fixture) only(s workertest.Sent) {
	f.t.Helper()
	f.Quiet()
	if n := f.passed(); n != 1 || len(f.Answers(s.ID)) != 1 {
		f.t.Errorf("%d logins passed by %d answers, want one of each", n, len(f.Answers(s.ID)))
	}
	f.ReplayAll()
}

// A user without any stream is waived without a commit: only a read that proves itself opens the door.
func TestAWaiverWithoutACommitNeedsAProvenRead(t *testing.T) {
	f := start(t)
	s := f.doubted(doubt{store: broken(workertest.ProvenHead, "enrollment")}, login("nobody-1", "l1"))
	workertest.As[*guard.ChallengeWaived](f.House, f.Answer(s.ID))
	if n := len(f.User("nobody-1").Commits("guard")); n != 0 {
		t.Errorf("%d commits are kept of a user without any stream", n)
	}
}

// A factor that became active before the message arrived is asked for, whatever this replica knew before.
func TestAFactorThatHasJustBecomeActiveIsAskedFor(t *testing.T) {
	f := start(t)
	workertest.As[*guard.ChallengeWaived](f.House, f.Ask(login("ann-1", "l1")))
	f.User("ann-1").Enrolled(events.TOTP)
	f.challenge("ann-1", "l2")
}

// An append that happened though it seemed to fail is found and answered, once.
func TestAnAppendOfUnknownOutcomeHasOneEffect(t *testing.T) {
	f := start(t)
	app := f.User("ann-1").Enrolled(events.TOTP)
	c := f.challenge("ann-1", "l1")
	f.Store.Break(workertest.Faults{After: workertest.OnNth(workertest.Append, "guard", 1)})
	s := f.Send(attempt("ann-1", c.ChallengeID, app.Code(workertest.Step())))
	workertest.As[*guard.AttemptAccepted](f.House, f.Answer(s.ID))
	f.only(s)
}

// The bus goes away between the commit and its publishing, and comes back.
func TestACommitThatTheBusDidNotHearIsPublishedLater(t *testing.T) {
	f := start(t)
	app := f.User("ann-1").Enrolled(events.TOTP)
	c := f.challenge("ann-1", "l1")
	down := make(chan struct{})
	f.Store.Break(workertest.Faults{After: func(call workertest.Call) error {
		if call.Op == workertest.Append {
			f.Store.Mend()
			f.Bus.Stop()
			close(down)
		}
		return nil
	}})
	s := f.Send(attempt("ann-1", c.ChallengeID, app.Code(workertest.Step())))
	<-down
	if n := len(f.Answers(s.ID)); n != 0 {
		t.Errorf("%d answers were heard without a bus", n)
	}
	f.Bus.Resume(t)
	workertest.As[*guard.AttemptAccepted](f.House, f.Answer(s.ID))
	f.only(s)
}
