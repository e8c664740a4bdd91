package recovery_test

import (
	"slices"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
	"countersign/services/recovery/internal/web"
)

func supported(user, by, reason string) *recovery.SupportRequested {
	return &recovery.SupportRequested{User: user, By: by, CaseRef: "ticket-7", Reason: events.NewSecret(reason)}
}

func (f *fixture) status(id string) (recovery.Case, error) {
	var c recovery.Case
	return c, f.RPC("recovery", "status", recovery.StatusRequest{RecoveryID: id}, &c)
}

func (f *fixture) refused(e events.Event, code events.Code) {
	f.t.Helper()
	if got := workertest.As[*events.RequestRejected](f.House, f.Ask(e)); got.Code != code || got.Message == "" {
		f.t.Errorf("refused as %s %s %q, want %s", got.Code, got.Field, got.Message, code)
	}
}

func soonDone(p *policy.Policy) { p.Recovery.SupportWait = 300 * time.Millisecond }

func TestSupportAndASecondPersonRecover(t *testing.T) {
	for name, place := range workertest.Places() {
		t.Run(name, func(t *testing.T) {
			f := startAt(t, place, soonDone)
			u := f.person("ann-1")
			a := workertest.As[*recovery.ApprovalRequired](f.House, f.Ask(supported(u.ID, "s1", "lost everything")))
			f.Restart("recovery")
			if c, err := f.status(a.RecoveryID); err != nil || c.State != recovery.CaseApproval || c.Reason != "lost everything" || c.RequestedBy != "s1" || c.User != u.ID || c.CaseRef != "ticket-7" {
				t.Errorf("the status is %+v, %v", c, err)
			}
			f.refused(approval(u, a.RecoveryID, "s1"), events.NotAllowed)
			f.refused(approval(u, a.RecoveryID, u.ID), events.NotAllowed)
			ok := workertest.As[*recovery.Approved](f.House, f.Ask(approval(u, a.RecoveryID, "s2")))
			f.refused(approval(u, a.RecoveryID, "s3"), events.WrongState)
			f.Restart("recovery")
			if ok.CompletesAt.IsZero() {
				t.Error("nobody says when it completes")
			}
			f.Await("the waiting ends", 1, workertest.Of(recovery.CompletedType))
			if c, err := f.status(a.RecoveryID); err != nil || c.State != recovery.CaseCompleted {
				t.Errorf("then the status is %+v, %v", c, err)
			}
			f.refused(approval(u, a.RecoveryID, "s2"), events.WrongState)
			f.ReplayAll()
		})
	}
}

func approval(u workertest.User, id, by string) *recovery.ApprovalGiven {
	return &recovery.ApprovalGiven{User: u.ID, RecoveryID: id, By: by}
}

func TestAContactThatIsToldCanEndTheCase(t *testing.T) {
	f := start(t)
	u := f.person("ann-1")
	a := workertest.As[*recovery.ApprovalRequired](f.House, f.Ask(supported(u.ID, "s1", "lost")))
	workertest.As[*recovery.Approved](f.House, f.Ask(approval(u, a.RecoveryID, "s2")))
	link := f.cancelLink(u, a.RecoveryID)
	if v, err := f.cases().LookCancel(t.Context(), link); err != nil || v.Stage != web.StageCancel || v.CompletesAt.IsZero() {
		t.Errorf("the link leads to %+v, %v", v, err)
	}
	atOnce(3, func(int) {
		if v, err := f.cases().Cancel(t.Context(), link); err != nil || v.Stage != web.StageCancelled && v.Stage != web.StageOver {
			t.Errorf("confirmed: %s, %v", v.Stage, err)
		}
	})
	if v, err := f.cases().LookCancel(t.Context(), link); err != nil || v.Stage != web.StageOver {
		t.Errorf("again it leads to %s, %v", v.Stage, err)
	}
	f.Quiet()
	said := workertest.Once(f.Heard(workertest.Of(recovery.CancelledType)))
	if len(said) != 1 || said[0].Event.(*recovery.Cancelled).Reason != recovery.CancelledByContact {
		t.Errorf("said was %v", said)
	}
	f.refused(&recovery.CancellationRequested{User: u.ID, RecoveryID: a.RecoveryID, By: "s1"}, events.WrongState)
}

func TestACaseExpiresByItself(t *testing.T) {
	f := start(t, func(p *policy.Policy) { p.Recovery.Life = 300 * time.Millisecond })
	u := f.person("ann-1")
	o := f.opened(u)
	f.Await("the case expires", 1, workertest.Of(recovery.ExpiredType))
	if c, err := f.status(o.RecoveryID); err != nil || c.State != recovery.CaseExpired {
		t.Errorf("the status is %+v, %v", c, err)
	}
	f.Quiet()
	if page := f.list(recovery.ListRequest{}); len(page.Cases) != 0 {
		t.Errorf("listed are %+v", page.Cases)
	}
}

func TestOpenCasesAreListedPageByPage(t *testing.T) {
	for name, place := range workertest.Places() {
		t.Run(name, func(t *testing.T) {
			f := startAt(t, place)
			want := map[string]recovery.CaseState{}
			for _, id := range []string{"ann-1", "bob-1", "cat-1"} {
				want[f.opened(f.person(id)).RecoveryID] = recovery.CaseOpen
			}
			a := workertest.As[*recovery.ApprovalRequired](f.House, f.Ask(supported(f.person("dan-1").ID, "s1", "lost")))
			want[a.RecoveryID] = recovery.CaseApproval
			over := f.opened(f.person("eve-1"))
			f.Ask(&recovery.CancellationRequested{User: "eve-1", RecoveryID: over.RecoveryID, By: "s1"})
			found := map[string]recovery.CaseState{}
			q := recovery.ListRequest{Limit: 2}
			for pages := 0; ; pages++ {
				page := f.list(q)
				for _, c := range page.Cases {
					if c.Reason != "" || found[c.RecoveryID] != "" {
						t.Errorf("listed is %+v", c)
					}
					found[c.RecoveryID] = c.State
				}
				if q.After = page.Next; q.After == "" || pages > 5 {
					break
				}
			}
			for id, state := range want {
				if found[id] != state {
					t.Errorf("%s is %q, want %s", id, found[id], state)
				}
			}
			if len(found) != len(want) {
				t.Errorf("found %v, want %v", found, want)
			}
			approving := f.list(recovery.ListRequest{State: recovery.CaseApproval})
			if len(approving.Cases) != 1 || approving.Cases[0].RecoveryID != a.RecoveryID {
				t.Errorf("for approval: %+v", approving)
			}
		})
	}
}

func (f *fixture) list(q recovery.ListRequest) recovery.Cases {
	f.t.Helper()
	var page recovery.Cases
	if err := f.RPC("recovery", "list", q, &page); err != nil {
		f.t.Fatal(err)
	}
	return page
}

func TestQuestionsThatCannotBeAreRefused(t *testing.T) {
	f := start(t)
	u := f.person("ann-1")
	gone := events.DerivedID("x")
	for _, q := range []struct {
		verb  string
		asked any
		code  events.Code
	}{
		{"status", "no object", events.Malformed},
		{"status", recovery.StatusRequest{}, events.Invalid},
		{"status", recovery.StatusRequest{RecoveryID: "r1"}, events.NotFound},
		{"status", recovery.StatusRequest{RecoveryID: u.Key + "-" + gone}, events.NotFound},
		{"list", recovery.ListRequest{Limit: 501}, events.Invalid},
		{"list", recovery.ListRequest{After: "a\nb"}, events.Invalid},
	} {
		var answer any
		if code := workertest.RefusedWith(f.RPC("recovery", q.verb, q.asked, &answer)); code != q.code {
			t.Errorf("recovery.%s of %+v: %q, want %s", q.verb, q.asked, code, q.code)
		}
	}
	f.Store.Break(workertest.Faults{Before: workertest.On(workertest.ProvenHead, "recovery")})
	if _, err := f.status(u.Key + "-" + gone); workertest.RefusedWith(err) != "unavailable" {
		t.Errorf("in doubt the status is %v", err)
	}
}

// Whoever is erased has no case any more; the message alone is not believed.
func TestAnErasureEndsTheCase(t *testing.T) {
	f := start(t)
	u := f.person("ann-1")
	o := f.opened(u)
	ticket := f.claimed(u, o.RecoveryID)
	u.Says("enroll", "erased-1", erasure(u))
	f.Quiet()
	if f.stage(ticket) != web.StageText {
		t.Fatal("the bus's word has ended the case")
	}
	u.Enrollment(erasure(u))
	u.Says("enroll", "erased-2", erasure(u))
	f.Await("the case ends", 1, workertest.Of(recovery.CancelledType))
	if f.stage(ticket) != web.StageOver {
		t.Error("the page goes on")
	}
	if types := kept(u); !slices.Contains(types, recovery.CancelledType) {
		t.Errorf("kept is %v", types)
	}
}

func kept(u workertest.User) (types []string) {
	for _, c := range u.Commits("recovery") {
		for _, e := range c.Events {
			types = append(types, e.Type)
		}
	}
	return types
}

func erasure(u workertest.User) *enrollment.UserErased {
	return &enrollment.UserErased{User: u.ID, Receipt: enrollment.Receipt{ID: "r", ErasedAt: time.Now(), CompleteAt: time.Now()}}
}
