package enroll_test

import (
	"errors"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/workertest"
)

func (f *fixture) erase() (workertest.Event, *enrollment.UserErased) {
	f.t.Helper()
	answer := f.Ask(&enrollment.ErasureRequested{User: "ann-1", By: "s1"})
	return answer, workertest.As[*enrollment.UserErased](f.House, answer)
}

func TestAnErasedUserHasNoKeysAndNothingOpen(t *testing.T) {
	f := start(t)
	f.Ask(&enrollment.ContactsReported{User: "ann-1", Email: events.NewSecret(email)})
	f.owner()
	ref := f.ann.Ref()
	answer, e := f.erase()
	if e.Receipt.ID == "" || e.Receipt.CompleteAt.Sub(e.Receipt.ErasedAt) != 30*24*time.Hour || !e.Receipt.ErasedAt.Equal(answer.Envelope.Time) {
		t.Errorf("the receipt is %+v", e.Receipt)
	}
	for _, p := range []keyring.Purpose{keyring.Seed, keyring.Delivery} {
		if _, err := f.Keys.Key(t.Context(), p, workertest.Acme, f.ann.Key, ref); !errors.Is(err, keyring.ErrNoKeyring) {
			t.Errorf("the %s key: %v", p, err)
		}
	}
	if d := follows[*enrollment.Discarded](f, answer); len(d) != 1 || d[0].Reason != enrollment.DiscardErased {
		t.Errorf("discarded %+v", d)
	}
	if r := follows[*enrollment.FactorRemoved](f, answer); len(r) != 1 || len(r[0].Factors) != 2 || r[0].Reason != enrollment.RemovedErased {
		t.Errorf("removed %+v", r)
	}
	s := f.state()
	if s.HasFactor() || s.Open != nil || s.Email != nil || s.RecoveryCodes != nil || len(s.ErasedRings) != 1 || s.ErasedRings[0] != ref.Keyring {
		t.Errorf("left %+v", s)
	}
	if _, again := f.erase(); again.Receipt.ID != e.Receipt.ID {
		t.Errorf("asked again it gives the receipt %+v, not %+v", again.Receipt, e.Receipt)
	}
	f.ReplayAll()
}

// A request for erasure that comes once more, after the user has come back, does not take their new keys.
func TestAnOldErasureDoesNotTouchWhoCameBack(t *testing.T) {
	f := start(t)
	f.created(requested(events.TOTP))
	f.erase()
	c := f.created(requested(events.TOTP))
	f.activated(submitted(c.EnrollmentID, f.code(events.TOTP, c.EnrollmentID, 0)))
	before, keys := f.state(), f.backup()
	f.ReplayAll()
	f.nothingChanges(before)
	if f.kept(keys) != 2 {
		t.Error("their new keys are gone")
	}
}

// As long as the erasure is not kept it is not said, and it comes again; the keys are gone from the first try on.
func TestAnErasureThatIsNotKeptIsNotSaid(t *testing.T) {
	f := start(t)
	f.created(requested(events.TOTP))
	f.Store.Break(workertest.Faults{Before: workertest.On(workertest.Append, "enrollment")})
	s := f.Send(&enrollment.ErasureRequested{User: "ann-1", By: "s1"})
	f.CameBack(enrollment.ErasureRequestedType)
	if heard := f.Answers(s.ID); len(heard) > 0 {
		t.Errorf("%s was said", heard[0].Envelope.Type)
	}
	f.Store.Mend()
	workertest.As[*enrollment.UserErased](f.House, f.Answer(s.ID))
}

func TestAnErasureThatCannotDeleteTheKeysIsNotSaid(t *testing.T) {
	f := start(t)
	f.created(requested(events.TOTP))
	f.Keys.BreakRemoval(errors.New("the key store is away"))
	s := f.Send(&enrollment.ErasureRequested{User: "ann-1", By: "s1"})
	f.CameBack(enrollment.ErasureRequestedType)
	if heard := f.Answers(s.ID); len(heard) > 0 {
		t.Errorf("%s was said", heard[0].Envelope.Type)
	}
	f.Keys.BreakRemoval(nil)
	workertest.As[*enrollment.UserErased](f.House, f.Answer(s.ID))
}
