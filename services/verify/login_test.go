package verify_test

import (
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/workertest"
)

func TestALoginPassesByTheRightCodeOnly(t *testing.T) {
	t.Parallel()
	for _, factor := range []events.Factor{events.TOTP, events.Email, events.SMS} {
		t.Run(string(factor), func(t *testing.T) {
			f := start(t)
			ann := f.User("ann-1")
			enrolled := ann.Enrolled(factor)
			answer := f.Ask(login("ann-1", "l1"))
			c := workertest.As[*guard.ChallengeIssued](f.House, answer)
			if c.Factor != factor || c.LoginID != "l1" || c.Sending != guard.Sent(factor) || c.AttemptsLeft != 5 || answer.Envelope.CorrelationID != "l1" {
				t.Errorf("challenged with %+v", c)
			}
			right := enrolled.Code(workertest.Step())
			if guard.Sent(factor) {
				right = ann.Sent(c.ChallengeID, 1)
			}
			f.announced(answer, factor)
			if r := f.rejected(attempt("ann-1", c.ChallengeID, workertest.Wrong(right)), guard.WrongCode); r.AttemptsLeft != 4 {
				t.Errorf("%d attempts are left, want 4", r.AttemptsLeft)
			}
			if a := f.accepted(attempt("ann-1", c.ChallengeID, right)); a.LoginID != "l1" || a.Factor != factor || a.Purpose != guard.ForLogin {
				t.Errorf("accepted with %+v", a)
			}
			f.rejected(attempt("ann-1", c.ChallengeID, right), guard.Closed)
			f.ReplayAll()
			if n := f.passed(); n != 1 {
				t.Errorf("%d logins passed, want 1", n)
			}
			f.SearchFor(right)
		})
	}
}

// announced checks that the notifier is asked for the code of a factor that sends one, and for nothing else.
func (f *fixture) announced(answer workertest.Event, factor events.Factor) {
	f.t.Helper()
	follow := f.Following(answer)
	if !guard.Sent(factor) {
		if len(follow) != 0 {
			f.t.Errorf("%d events follow the challenge", len(follow))
		}
		return
	}
	if len(follow) != 1 {
		f.t.Fatalf("%d events follow the challenge, want the one to the notifier", len(follow))
	}
	n := workertest.As[*notification.Requested](f.House, follow[0])
	if n.About != answer.Event.(*guard.ChallengeIssued).ChallengeID || string(n.Channel) != string(factor) {
		f.t.Errorf("the notifier is asked for %+v", n)
	}
}
