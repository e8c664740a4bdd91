package notifier_test

import (
	"strings"
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

// The line binds a code to the host where it is typed: that of the platform for logins and enrollments.
func TestTheLastLineOfATextNamesThePlatformsHost(t *testing.T) {
	f := start(t, with(func(p *policy.Policy) { p.SMS.Host = "app.acme.example" }))
	f.enrolled("ann-1", number)
	f.enrolled("bob-1", mailbox)
	f.challenged("ann-1", "l1")
	for i := range 2 {
		m := f.awaitArrival(number, i+1)
		if !strings.HasSuffix(m.Text, "\n@app.acme.example #"+codeIn(m)) {
			t.Errorf("arrived: %q", m.Text)
		}
	}
	if m := f.awaitArrival(mailbox, 1); strings.Contains(m.Text, "app.acme.example") {
		t.Errorf("a mail names it: %q", m.Text)
	}
}
