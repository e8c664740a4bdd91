package recovery_test

import (
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker"
	"countersign/pkg/worker/workertest"
	shell "countersign/services/recovery"
	"countersign/services/recovery/internal/captcha/fake"
	"countersign/services/recovery/internal/web"
)

func TestEveryRequestHasItsOneAnswer(t *testing.T) {
	text := events.NewSecret("canary reason")
	w := shell.WorkerWith(fake.New(), func(web.Cases) {})
	workertest.AnswersEverything(t, []worker.Worker{w}, map[string]events.Event{
		recovery.RequestedType:             requested("ann-1"),
		recovery.SupportRequestedType:      &recovery.SupportRequested{User: "ann-1", By: "s1", Reason: text, CaseRef: "c1"},
		recovery.ApprovalGivenType:         &recovery.ApprovalGiven{User: "ann-1", RecoveryID: "r1", By: "s2", Note: text},
		recovery.DenialGivenType:           &recovery.DenialGiven{User: "ann-1", RecoveryID: "r1", By: "s2", Note: text},
		recovery.CancellationRequestedType: &recovery.CancellationRequested{User: "ann-1", RecoveryID: "r1", By: "s1"},
	})
}

// A case from the first event to the removed factor, over every store, with a new process between any two steps.
func TestACaseIsCarriedThroughRestarts(t *testing.T) {
	for name, place := range workertest.Places() {
		t.Run(name, func(t *testing.T) {
			f := startAt(t, place)
			u := f.person("ann-1")
			o := f.opened(u)
			f.Restart("recovery")
			ticket := f.claimed(u, o.RecoveryID)
			f.Restart("recovery")
			if v := f.texted(ticket); v.Stage != web.StageText || !v.CodeSent || v.PhoneHint != "•••• 0099" || v.Account != "c•••@example.org" {
				t.Errorf("the page shows %+v", v)
			}
			f.Restart("recovery")
			f.typed(ticket, u.Sent(o.RecoveryID, 1), web.NoProblem)
			f.Restart("recovery")
			if n := len(f.completions()); n != 0 {
				t.Fatal("it is through before the last step")
			}
			if v := f.solved(ticket, f.solution(ticket), web.NoProblem); v.Stage != web.StageFinishing {
				t.Errorf("the last step leads to %s", v.Stage)
			}
			f.clear(u, o.RecoveryID)
			f.Restart("recovery")
			if s := f.stage(ticket); s != web.StageDone {
				t.Errorf("later it is %s", s)
			}
			if n := len(f.completions()); n != 1 {
				t.Errorf("%d completions", n)
			}
			f.ReplayAll()
		})
	}
}

func TestThePageDoesNotSayDoneBeforeTheFactorIsGone(t *testing.T) {
	f := start(t, steps(recovery.Link, recovery.Captcha))
	u := f.person("ann-1")
	ticket := f.claimed(u, f.opened(u).RecoveryID)
	if v := f.solved(ticket, f.solution(ticket), web.NoProblem); v.Stage != web.StageFinishing {
		t.Errorf("the page says %s", v.Stage)
	}
	if s := f.stage(ticket); s != web.StageFinishing {
		t.Errorf("loaded again, it says %s", s)
	}
	f.clear(u, ticket.RecoveryID)
	if s := f.stage(ticket); s != web.StageDone {
		t.Errorf("then it says %s", s)
	}
}

func TestEveryContactIsToldOfABeginningAndAnEnd(t *testing.T) {
	f := start(t, steps(recovery.Link, recovery.Captcha))
	u := f.person("ann-1")
	ticket := f.claimed(u, f.opened(u).RecoveryID)
	f.solved(ticket, f.solution(ticket), web.NoProblem)
	f.Quiet()
	told := map[string]bool{}
	for _, e := range f.Heard(workertest.Of(notification.RequestedType)) {
		n := e.Event.(*notification.Requested)
		told[string(n.Template)+" by "+string(n.Channel)] = n.About == ticket.RecoveryID
	}
	for _, want := range []string{"recovery_link by email", "recovery_opened by sms", "recovery_completed by email", "recovery_completed by sms"} {
		if !told[want] {
			t.Errorf("no %s: %v", want, told)
		}
	}
}
