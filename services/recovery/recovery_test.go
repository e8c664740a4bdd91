package recovery_test

import (
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker"
	"countersign/pkg/worker/workertest"
	closed "countersign/services/recovery"
)

func TestMain(m *testing.M) { workertest.Main(m) }

func requests() map[string]events.Event {
	reason := events.NewSecret("canary reason")
	return map[string]events.Event{
		recovery.RequestedType:             &recovery.Requested{User: "ann-1", LoginID: "l1", ReauthenticatedAt: time.Now()},
		recovery.SupportRequestedType:      &recovery.SupportRequested{User: "ann-1", By: "s1", Reason: reason, CaseRef: "c1"},
		recovery.ApprovalGivenType:         &recovery.ApprovalGiven{User: "ann-1", RecoveryID: "r1", By: "s2", Note: reason},
		recovery.DenialGivenType:           &recovery.DenialGiven{User: "ann-1", RecoveryID: "r1", By: "s2", Note: reason},
		recovery.CancellationRequestedType: &recovery.CancellationRequested{User: "ann-1", RecoveryID: "r1", By: "s1"},
	}
}

func TestEveryRequestHasItsOneAnswer(t *testing.T) {
	workertest.AnswersEverything(t, []worker.Worker{closed.Worker()}, requests())
}

func TestNothingIsRecoveredYet(t *testing.T) {
	t.Parallel()
	h := workertest.Start(t, workertest.Config{Workers: []worker.Worker{closed.Worker()}})
	p := h.Platform(workertest.Acme)
	for name, e := range requests() {
		if code := workertest.Refused(p.Ask(e)); code != events.NotAllowed {
			t.Errorf("%s is answered with %q", name, code)
		}
	}
	for verb, q := range map[string]any{"status": recovery.StatusRequest{RecoveryID: "r1"}, "list": recovery.ListRequest{}} {
		var answer any
		if code := workertest.RefusedWith(p.RPC("recovery", verb, q, &answer)); code != events.NotAllowed {
			t.Errorf("recovery.%s says %q", verb, code)
		}
	}
	if n := len(h.Store.Appended()); n != 0 {
		t.Errorf("%d commits were made", n)
	}
	h.SearchFor("canary reason")
}
