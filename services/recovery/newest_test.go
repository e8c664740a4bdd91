package recovery_test

import (
	"testing"
	"time"

	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/links"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
	"countersign/services/recovery/internal/web"
)

// leads says where a link leads that was mailed.
func (f *fixture) leads(l links.Link) web.Stage {
	f.t.Helper()
	look := f.cases().Look
	if l.Cancel {
		look = f.cases().LookCancel
	}
	v, err := look(f.t.Context(), l)
	if err != nil {
		f.t.Fatal(err)
	}
	return v.Stage
}

func TestALinkDiesOnceAnotherWasSent(t *testing.T) {
	f := start(t, func(p *policy.Policy) { p.Resend.After = 10 * time.Millisecond })
	u := f.person("ann-1")
	o := f.opened(u)
	first, second := f.link(u, o.RecoveryID, 1), f.link(u, o.RecoveryID, 2)
	if at := f.leads(second); at != web.StageOver {
		t.Errorf("before it is sent, the second leads to %s", at)
	}
	for f.leads(second) == web.StageOver { // until its time has come
		f.opened(u)
	}
	if at := f.leads(first); at != web.StageOver {
		t.Errorf("the first leads to %s", at)
	}
	if _, ticket, err := f.cases().Claim(t.Context(), first, web.Ticket{}); err != nil || ticket != (web.Ticket{}) {
		t.Errorf("the first takes the case: %+v, %v", ticket, err)
	}
	if _, ticket, err := f.cases().Claim(t.Context(), second, web.Ticket{}); err != nil || ticket.Claim != 1 {
		t.Errorf("the second takes it as %+v, %v", ticket, err)
	}
}

func TestNothingOfACaseLeadsOnThatGaveWay(t *testing.T) {
	f := start(t)
	u := f.person("ann-1")
	old := f.opened(u).RecoveryID
	ticket := f.claimed(u, old)
	f.texted(ticket)
	u.Challenged("l2")
	e := requested(u.ID)
	e.LoginID = "l2"
	present := workertest.As[*recovery.Opened](f.House, f.Ask(e)).RecoveryID
	if f.stage(ticket) != web.StageOver || f.leads(f.link(u, old, 1)) != web.StageOver || f.leads(f.cancelLink(u, old)) != web.StageOver {
		t.Error("something of the case that gave way leads on")
	}
	if v := f.typed(ticket, u.Sent(old, 1), web.NoProblem); v.Stage != web.StageOver {
		t.Errorf("its code leads to %s", v.Stage)
	}
	if f.leads(f.link(u, present, 1)) != web.StageLink || f.leads(f.cancelLink(u, present)) != web.StageCancel {
		t.Error("the new case does not stand")
	}
}
