package notifier_test

import (
	"testing"

	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
)

// The number was taken under another policy; the same holds for one that was taken by another number plan.
func TestANumberWhereNoTextsGoAnyMoreIsNotTexted(t *testing.T) {
	f := start(t)
	f.enrolled("ann-1", number)
	f.Quiet()
	before := len(f.arrived(number))
	p := workertest.Lenient(workertest.Acme)
	p.SMS.Countries = []string{"DE"}
	f.SetPolicy(p)
	f.wantEnds(f.challenged("ann-1", "l1").ChallengeID, "failed bad_address")
	p.SMS.Countries = []string{policy.AllCountries}
	f.SetPolicy(p)
	f.wantEnds(f.challenged("ann-1", "l2").ChallengeID, "sent")
	if n := len(f.arrived(number)) - before; n != 1 {
		t.Errorf("%d texts arrived, want 1", n)
	}
}
