package enroll_test

import (
	"reflect"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/workertest"
)

// opened has a case wait for its one step.
func (f *fixture) opened(id string) {
	f.t.Helper()
	f.ann.Recovery(&recovery.Opened{
		User: "ann-1", RecoveryID: id, Steps: []recovery.Step{recovery.Link}, ExpiresAt: time.Now().Add(time.Hour),
		Record: recovery.OpenedRecord{LoginID: "l1", Sending: 1},
	})
}

// through has a case pass its steps, as recovery does; nothing is said of it yet.
func (f *fixture) through(id string) {
	f.t.Helper()
	f.opened(id)
	f.ann.Recovery(&recovery.StepPassed{User: "ann-1", RecoveryID: id, Step: recovery.Link}, completed(id))
}

func completed(id string) *recovery.Completed {
	return &recovery.Completed{Outcome: recovery.Outcome{User: "ann-1", RecoveryID: id}}
}

func (f *fixture) hint(ceID, id string) {
	f.t.Helper()
	f.ann.Says("recovery", ceID, completed(id))
}

// owner has an app, a number, a set of codes, and something that waits for its code.
func (f *fixture) owner() {
	f.t.Helper()
	f.ann.Enrolled(events.TOTP)
	f.ann.Enrolled(events.SMS)
	f.ann.Enrollment(&enrollment.RecoveryCodesGenerated{User: "ann-1", SetID: "set", Count: 10})
	f.ann.SteppedUp("l1")
	e := requested(events.Email)
	e.LoginID = "l1"
	f.created(e)
}

func TestARecoveryThatIsThroughClearsEverything(t *testing.T) {
	f := start(t)
	f.owner()
	f.through("r1")
	f.hint("h1", "r1")
	heard := f.Await("the factors are gone", 1, workertest.Of(enrollment.FactorRemovedType))[0]
	r := workertest.As[*enrollment.FactorRemoved](f.House, heard)
	if len(r.Factors) != 2 || r.Reason != enrollment.RemovedByRecovery || r.RecoveryID != "r1" || heard.Envelope.CorrelationID != "r1" || heard.Envelope.CausationID != "h1" {
		t.Errorf("removed %+v because of %s", r, heard.Envelope.CausationID)
	}
	if d := follows[*enrollment.Discarded](f, heard); len(d) != 1 || d[0].Reason != enrollment.DiscardRemoved {
		t.Errorf("discarded %+v", d)
	}
	s := f.state()
	if s.HasFactor() || s.Open != nil || s.RecoveryCodes != nil || s.Recovered != "r1" {
		t.Errorf("left %+v", s)
	}
	f.hint("h1", "r1") // redelivered
	f.hint("h2", "r1") // said anew
	f.nothingChanges(s)
}

func TestAMessageOfACaseThatIsNotThroughChangesNothing(t *testing.T) {
	f := start(t)
	f.owner()
	f.opened("r1")
	before := f.state()
	f.hint("h1", "r1") // early, or forged
	f.hint("h2", "another")
	f.nothingChanges(before)
	f.ann.Recovery(&recovery.Cancelled{Outcome: recovery.Outcome{User: "ann-1", RecoveryID: "r1"}})
	f.hint("h3", "r1")
	f.nothingChanges(before)
}

func TestAnOldRecoveryDoesNotTouchWhatCameAfterIt(t *testing.T) {
	f := start(t)
	f.owner()
	f.through("r1")
	f.through("r2")
	f.hint("h2", "r2")
	f.Await("the factors are gone", 1, workertest.Of(enrollment.FactorRemovedType))
	f.ann.Enrolled(events.TOTP)
	anew := f.state()
	f.hint("h1", "r1") // the older case, later
	f.hint("h2", "r2")
	f.hint("h3", "r2")
	f.nothingChanges(anew)
}

// In doubt about the case nothing is cleared; once it can be read, it is.
func TestDoubtAboutARecoveryClearsNothing(t *testing.T) {
	f := start(t)
	f.owner()
	f.through("r1")
	before := f.state()
	f.Store.Break(workertest.Faults{Before: workertest.On(workertest.Head, "recovery")})
	f.hint("h1", "r1")
	f.CameBackTo("enroll", recovery.CompletedType)
	if after := f.state(); !reflect.DeepEqual(after, before) {
		t.Errorf("in doubt %+v became %+v", before, after)
	}
	f.Store.Mend()
	f.Await("the factors are gone", 1, workertest.Of(enrollment.FactorRemovedType))
}

func (f *fixture) nothingChanges(before enrollment.State) {
	f.t.Helper()
	n := len(f.ann.Commits("enrollment"))
	f.Quiet()
	if after := f.state(); !reflect.DeepEqual(after, before) || len(f.ann.Commits("enrollment")) != n {
		f.t.Errorf("%+v became %+v", before, after)
	}
}
