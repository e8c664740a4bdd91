package notifier_test

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
)

// What docs/pumping.md takes verify and enroll to let an account ask for is what they let it ask for.
func TestAnAccountAsksForNoMoreTextsThanIsSupposed(t *testing.T) {
	p := policy.Default(workertest.Acme)
	f := start(t, with(func(l *policy.Policy) { l.Challenge, l.Resend, l.Enrollment = p.Challenge, p.Resend, p.Enrollment }))
	f.enrolled("ann-1", number)
	logins := f.until(100, func(n int) events.Event { return &guard.LoginStarted{User: "ann-1", LoginID: "l" + strconv.Itoa(n)} })
	enrollments := f.until(100, func(n int) events.Event {
		return &enrollment.Requested{User: "bob-1", Factor: events.SMS, Phone: events.NewSecret("+1555123" + strconv.Itoa(1000+n)), ReauthenticatedAt: time.Now()}
	})
	if logins != p.Challenge.LoginsPer10m || enrollments != p.Enrollment.PerHour {
		t.Errorf("%d logins and %d enrollments were taken at once, want %d and %d", logins, enrollments, p.Challenge.LoginsPer10m, p.Enrollment.PerHour)
	}
}

// until says how many requests are taken before one comes too often.
func (f *fixture) until(most int, request func(n int) events.Event) int {
	f.t.Helper()
	for n := range most {
		if r, refused := f.Answer(f.Send(request(n)).ID).Event.(*events.RequestRejected); refused {
			if r.Code != events.RateLimited {
				f.t.Errorf("refused because of %s", r.Code)
			}
			return n
		}
	}
	return most
}

// Accounts pump at once, as fast as verify lets them, and two replicas share the work.
func TestAPumpersBurstStaysWithinTheBudgets(t *testing.T) {
	const accounts, perUser, perPrefix = 6, 5, 20
	w := inMemory()
	f := start(t, counting(w), with(func(p *policy.Policy) { p.Budget.PerUser, p.Budget.PerPrefix = perUser, perPrefix }))
	f.Wake("notifier")
	for i := range accounts {
		f.enrolled(pumper(i))
	}
	var all sync.WaitGroup
	for i := range accounts {
		user, _ := pumper(i)
		all.Go(func() {
			for n := range 12 {
				f.Answer(f.Send(&guard.LoginStarted{User: user, LoginID: "l" + strconv.Itoa(n)}).ID)
			}
		})
	}
	all.Wait()
	f.Quiet()
	total := 0
	for i := range accounts {
		_, to := pumper(i)
		n := len(f.arrived(to)) - 1 // of the enrollment
		if total += n; n > perUser {
			t.Errorf("%d texts arrived at one account, at most %d may", n, perUser)
		}
	}
	if total > perPrefix+3*accounts || total == 0 {
		t.Errorf("%d texts arrived, at most %d and the first three of each account may", total, perPrefix)
	}
	if n := w.of("/known/user/"); n != int64(total) {
		t.Errorf("%d texts are counted and %d arrived", n, total)
	}
}

func pumper(i int) (user, to string) {
	return "mal-" + strconv.Itoa(i), "+155512300" + strconv.Itoa(10+i)
}
