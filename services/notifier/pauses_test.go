package notifier_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
	"countersign/services/notifier/internal/budget"
)

// pauseSoon pauses after 20 codes of an hour.
func pauseSoon(p *policy.Policy) {
	p.Budget.PauseAfter, p.Budget.PauseBelow, p.Budget.PauseWindow, p.Budget.PauseFor = 20, 10, time.Hour, time.Hour
}

// unanswered has so many codes of the prefix of number sent some time ago, without telling the workers.
func (w *watched) unanswered(t *testing.T, n int64) {
	t.Helper()
	slot := time.Now().Add(-20*time.Minute).Unix() / 300
	for _, pool := range []string{"first", "known"} {
		key := fmt.Sprintf("acme/sent/5m0s/%d/%s/15551", slot, pool)
		if _, err := w.Counters.Add(t.Context(), []budget.Count{{Key: key, By: n, Until: time.Now().Add(2 * time.Hour)}}); err != nil {
			t.Fatal(err)
		}
	}
}

func (f *fixture) pauses() []workertest.Event {
	return workertest.Once(f.Heard(workertest.Of(notification.PrefixPausedType)))
}

func TestAPauseIsSaidOnceAndHoldsNewNumbersBack(t *testing.T) {
	for name, open := range places() {
		t.Run(name, func(t *testing.T) {
			w := watch(open(t))
			f := start(t, counting(w), with(pauseSoon))
			f.Wake("notifier")
			w.unanswered(t, 20)
			var about []string
			for i := range 6 {
				about = append(about, f.requests("u-"+strconv.Itoa(i), "+1555123020"+strconv.Itoa(i)).EnrollmentID)
			}
			f.Await("the end of all", 6, final)
			f.Quiet()
			f.endsAs(about, map[string]int{overBudget: 6})
			all := f.pauses()
			if len(all) != 1 {
				t.Fatalf("said %d times that a prefix is paused, want once", len(all))
			}
			e := all[0].Event.(*notification.PrefixPaused)
			if left := time.Until(e.Until); e.Prefix != "15551" || e.Proven || e.Sent != 20 || e.Entered != 0 || left < 50*time.Minute || left > time.Hour {
				t.Errorf("said %+v", e)
			}
			if all[0].UserKey != events.NoUser || all[0].Envelope.Subject != "" {
				t.Errorf("said of user %q, %q", all[0].UserKey, all[0].Envelope.Subject)
			}
			other := f.requests("eve-1", "+4915112345678")
			f.wantEnds(other.EnrollmentID, "sent")
		})
	}
}

func TestInAPausedPrefixWhoEntersCodesIsServed(t *testing.T) {
	w := inMemory()
	f := start(t, counting(w), with(pauseSoon))
	f.enrolled("ann-1", number)
	f.enrolled("mal-1", "+15551230188")
	w.unanswered(t, 200)
	f.Restart("notifier") // whoever wakes looks at the prefix anew
	e := f.requests("bob-1", "+15551230177")
	f.wantEnds(e.EnrollmentID, overBudget)
	f.Restart("notifier") // whoever wakes has not seen the pause begin
	for n := range 5 {
		c := f.challenged("ann-1", "l"+strconv.Itoa(n))
		f.passes("ann-1", c.ChallengeID, codeIn(f.awaitArrival(number, n+2)))
		f.Quiet()
	}
	var about []string
	for n := range 5 {
		about = append(about, f.challenged("mal-1", "l"+strconv.Itoa(n)).ChallengeID)
		f.Quiet()
	}
	f.endsAs(about, map[string]int{"sent": 3, overBudget: 2})
	if n := len(f.pauses()); n != 2 {
		t.Errorf("%d pauses were said, want one of numbers that are proven and one of others", n)
	}
}

// entered awaits what is counted as entered for the prefix of number.
func (f *fixture) wantEntered(w *watched, want int64) {
	f.t.Helper()
	f.Quiet()
	if n := w.of("/entered/"); n != want {
		f.t.Errorf("%d codes are counted as entered, want %d", n, want)
	}
}

func TestACodeThatIsEnteredIsCountedOnce(t *testing.T) {
	w := inMemory()
	f := start(t, counting(w), with(pauseSoon))
	f.Wake("notifier")
	f.enrolled("ann-1", number)
	f.wantEntered(w, 1)
	c := f.challenged("ann-1", "l1")
	f.passes("ann-1", c.ChallengeID, codeIn(f.awaitArrival(number, 2)))
	f.wantEntered(w, 2)
	facts := f.Heard(func(e workertest.Event) bool {
		return slices.Contains([]string{guard.AttemptAcceptedType, "countersign.enrollment.activated.v1"}, e.Envelope.Type)
	})
	slices.Reverse(facts)
	f.publishAgain(facts...)
	f.publishAgain(facts...)
	f.wantEntered(w, 2)
	if n := w.of("/sent/"); n != 2 {
		t.Errorf("%d are counted as sent, want 2", n)
	}
}

func TestTheTextedCodeOfARecoveryIsCountedAsEntered(t *testing.T) {
	w := inMemory()
	l := loses(t, counting(w), with(func(p *policy.Policy) { pauseSoon(p); withPages(p) }))
	data, _, err := events.Marshal(l.passed(recovery.Text, recovery.Captcha))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		l.publishAgain(workertest.Event{Platform: workertest.Acme, UserKey: l.user.Key, Envelope: events.Envelope{
			ID: "e-1", Source: "/countersign/recovery", Type: recovery.StepPassedType, Time: time.Now(), Subject: l.user.ID, CausationID: "x", Data: data,
		}})
	}
	l.wantEntered(w, 1)
}

func TestACodeOfSomebodyWhoIsErasedIsCountedNowhere(t *testing.T) {
	w := inMemory()
	f := start(t, counting(w), with(pauseSoon))
	f.enrolled("ann-1", number)
	activated := f.Heard(workertest.Of("countersign.enrollment.activated.v1"))
	f.User("ann-1").Enrollment(erasure("ann-1"))
	f.publishAgain(activated...)
	f.wantEntered(w, 1)
}
