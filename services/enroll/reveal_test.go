package enroll_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
)

// withCodes has a first app activated, and returns its set.
func (f *fixture) withCodes() string {
	f.t.Helper()
	c := f.created(requested(events.TOTP))
	answer := f.Ask(submitted(c.EnrollmentID, f.code(events.TOTP, c.EnrollmentID, 0)))
	a := workertest.As[*enrollment.Activated](f.House, answer)
	g := follows[*enrollment.RecoveryCodesGenerated](f, answer)
	if len(g) != 1 || g[0].SetID != a.RecoveryCodesSetID || g[0].SetID == "" {
		f.t.Fatalf("activated %+v, generated %+v", a, g)
	}
	return g[0].SetID
}

func (f *fixture) reveal(setID string) (r enrollment.Revealed, err error) {
	return r, f.RPC("recovery_codes", "reveal", enrollment.RevealRequest{User: "ann-1", SetID: setID}, &r)
}

func texts(r enrollment.Revealed) (list []string) {
	for _, c := range r.Codes {
		list = append(list, c.Reveal())
	}
	return list
}

func (f *fixture) revealedEvents() int {
	f.Quiet()
	return len(workertest.Once(f.Heard(workertest.Of(enrollment.RecoveryCodesRevealedType))))
}

func TestASetOfRecoveryCodesIsShown(t *testing.T) {
	f := start(t, func(p *policy.Policy) { p.RecoveryCodes.Count, p.Brand = 12, "Acme & Co" })
	set := f.withCodes()
	first, err := f.reveal(set)
	if err != nil {
		t.Fatal(err)
	}
	different := map[string]bool{}
	for _, c := range texts(first) {
		different[c] = true
		if len(c) != 19 || !strings.Contains(first.FileText.Reveal(), c) {
			t.Errorf("the code %q is not in the file, or not a code", c)
		}
	}
	if len(different) != 12 || first.FileName != "acme-recovery-codes.txt" || !strings.Contains(first.FileText.Reveal(), "Acme & Co") {
		t.Errorf("%d codes, file %s:\n%s", len(different), first.FileName, first.FileText.Reveal())
	}
	if again, err := f.reveal(set); err != nil || strings.Join(texts(again), " ") != strings.Join(texts(first), " ") { // the reply was lost
		t.Errorf("again: %v", err)
	}
	if n := f.revealedEvents(); n != 1 {
		t.Errorf("it was said %d times that they were shown", n)
	}
	f.Restart("enroll")
	if again, err := f.reveal(set); err != nil || len(again.Codes) != 12 {
		t.Errorf("after a restart: %v", err)
	}
	bare := make([]string, 0, 12)
	for _, c := range texts(first) {
		bare = append(bare, strings.ReplaceAll(c, "-", ""))
	}
	f.SearchFor(append(bare, texts(first)...)...)
}

func TestASetOfWhichACodeWasUsedIsNotShown(t *testing.T) {
	f := start(t)
	set := f.withCodes()
	if _, err := f.reveal(set); err != nil {
		t.Fatal(err)
	}
	f.ann.Challenged("l1")
	f.ann.Guard(&guard.AttemptAccepted{
		User: "ann-1", ChallengeID: "challenge of l1", LoginID: "l1", Purpose: guard.ForLogin, Factor: events.RecoveryCode,
		ExpiresAt: time.Now().Add(time.Minute), Record: guard.AttemptAcceptedRecord{SetID: set, Number: 3},
	})
	if r, err := f.reveal(set); workertest.RefusedWith(err) != events.WrongState || len(r.Codes) > 0 {
		t.Errorf("shown: %v", err)
	}
}

func TestANewSetTakesThePlaceOfTheOld(t *testing.T) {
	f := start(t)
	old := f.withCodes()
	first, err := f.reveal(old)
	if err != nil {
		t.Fatal(err)
	}
	ask := &enrollment.RecoveryCodesRequested{User: "ann-1", LoginID: "l1", ReauthenticatedAt: time.Now()}
	f.refused(ask, events.StepUpRequired)
	f.ann.SteppedUp("l1")
	g := workertest.As[*enrollment.RecoveryCodesGenerated](f.House, f.Ask(ask))
	f.refused(ask, events.StepUpRequired)
	if _, err := f.reveal(old); workertest.RefusedWith(err) != events.NotFound {
		t.Errorf("the old set: %v", err)
	}
	second, err := f.reveal(g.SetID)
	if err != nil || len(second.Codes) != g.Count || texts(second)[0] == texts(first)[0] {
		t.Errorf("the new set: %v", err)
	}
	f.ReplayAll()
}

func TestASetIsNotShownBeforeThatIsKept(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]workertest.Faults{
		"it cannot be kept that it was shown": {Before: workertest.On(workertest.Append, "enrollment")},
		"the guard cannot be read":            {Before: workertest.On(workertest.Head, "guard")},
		"the enrollment cannot be read":       {Before: workertest.On(workertest.Head, "enrollment")},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t)
			set := f.withCodes()
			f.Store.Break(fault)
			if r, err := f.reveal(set); workertest.RefusedWith(err) != "unavailable" || len(r.Codes) > 0 {
				t.Errorf("shown: %v", err)
			}
			f.Store.Mend()
			if n := f.revealedEvents(); n != 0 {
				t.Errorf("it was said %d times that they were shown", n)
			}
			if r, err := f.reveal(set); err != nil || len(r.Codes) != 10 {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// Two tabs ask at once, over three replicas: it is kept once that they were shown.
func TestOfShowingsAtOnceOneIsTheFirst(t *testing.T) {
	t.Parallel()
	for name, place := range workertest.Places() {
		t.Run(name, func(t *testing.T) {
			f := startAt(t, place)
			f.Wake("enroll", "enroll")
			set := f.withCodes()
			var group sync.WaitGroup
			for range 12 {
				group.Go(func() {
					if r, err := f.reveal(set); err != nil || len(r.Codes) != 10 {
						t.Errorf("shown %d codes: %v", len(r.Codes), err)
					}
				})
			}
			group.Wait()
			if n := f.revealedEvents(); n != 1 {
				t.Errorf("it was kept %d times", n)
			}
		})
	}
}
