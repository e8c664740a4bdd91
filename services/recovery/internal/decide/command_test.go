package decide_test

import (
	"fmt"
	"time"

	"countersign/pkg/events/recovery"
	"countersign/services/recovery/internal/decide"
)

// person is anybody, or, with a great argument, who has the case.
func (a *auditor) person(arg byte) string {
	if b, known := a.books[a.newest()]; known && b.holder != "" && arg >= 128 {
		return b.holder
	}
	return people[int(arg)%3]
}

// ticket is what a browser holds: mostly its newest claim, else one from before.
func (a *auditor) ticket(arg byte) decide.Browser {
	list := a.tickets[a.person(arg)]
	if len(list) == 0 {
		return decide.Browser{RecoveryID: a.newest()}
	}
	back := 0
	if arg < 128 {
		back = int(arg / 48)
	}
	return list[max(0, len(list)-1-back)]
}

// some names a case, mostly the newest.
func (a *auditor) some(arg byte) string {
	if len(a.cases) == 0 {
		return "none"
	}
	return a.cases[max(0, len(a.cases)-1-max(0, int(arg/32)-5))]
}

func (a *auditor) claims(person string, arg byte) {
	id := a.some(arg)
	b, known := a.books[id]
	if !known {
		b = &book{}
	}
	held := uint64(0)
	for _, t := range a.tickets[person] {
		if t.RecoveryID == id {
			held = t.Claim
		}
	}
	in := decide.LinkClaimed{
		Request: a.by(), Evidence: a.read(), RecoveryID: id, Sending: b.links - min(b.links, uint64(arg/16)%2), Held: held,
	}
	a.check(in, person)
	for _, e := range a.made.Events {
		if c, ok := e.(*recovery.Claimed); ok {
			a.tickets[person] = append(a.tickets[person], decide.Browser{RecoveryID: id, Claim: c.Claim})
		}
	}
}

// enter gives a code of a sending as a shell would find it.
func (a *auditor) enter(arg byte, back uint64) {
	t := a.ticket(arg)
	in := decide.CodeSubmitted{Request: a.by(), Browser: t, Evidence: a.read()}
	if b, known := a.books[t.RecoveryID]; known {
		in.Sending = b.texts - min(b.texts, back)
	}
	a.check(in, a.person(arg))
}

func (a *auditor) proof() string {
	a.n++
	return fmt.Sprint("p", a.n)
}

func (a *auditor) solve(arg byte, proof string) {
	a.lastProof = proof
	a.check(decide.CaptchaJudged{
		Request: a.by(), Browser: a.ticket(arg), Evidence: a.read(), Proof: proof, Unasked: proof == "" && arg/64 == 1,
	}, a.person(arg))
}

// next does what the case wants next, so that histories get far.
func (a *auditor) next(arg byte) {
	r := a.state.Open
	if r == nil {
		a.command(doAsk, 0)
		return
	}
	switch r.Next() {
	case recovery.Link:
		a.claims(a.person(arg), arg%16)
	case recovery.Text:
		if r.Text.Sending == 0 || !a.now.Before(r.Text.ExpiresAt) {
			a.command(doText, arg%16)
		}
		a.enter(arg%16, 0)
	case recovery.RecoveryCode:
		a.command(doPrint, arg%16)
	case recovery.Captcha:
		a.solve(arg%16, a.proof())
	case recovery.Approval:
		a.check(decide.ApprovalGiven{Request: a.by(), Evidence: a.read(), RecoveryID: r.ID, By: staff[int(arg)%2]}, "")
	case recovery.WaitingPeriod:
		if arg%2 == 0 {
			a.now = later(a.now, r.CompletesAt)
		}
		a.fire(0)
	}
}

func later(x, y time.Time) time.Time {
	if x.After(y) {
		return x
	}
	return y
}

// fire brings one of the newest timers, due or not: a bus may be early, late, or say it twice.
func (a *auditor) fire(arg byte) {
	if len(a.timers) == 0 {
		return
	}
	switch e := a.timers[max(0, len(a.timers)-1-int(arg)%8)].(type) {
	case *recovery.ExpiryDue:
		a.check(decide.ExpiryDue{Request: a.by(), RecoveryID: e.RecoveryID, ExpiresAt: e.ExpiresAt}, "")
	case *recovery.CompletionDue:
		a.check(decide.CompletionDue{Request: a.by(), Evidence: a.read(), RecoveryID: e.RecoveryID, CompletesAt: e.CompletesAt}, "")
	}
}

func (a *auditor) contact(arg byte) {
	c := &decide.Contact{Hint: "hint", Since: a.now.Add(-time.Duration(arg) * hour), Replaced: arg/4%2 == 0}
	switch arg % 4 {
	case 0:
		a.evidence.Email = c
	case 1:
		a.evidence.Phone = c
	case 2:
		a.evidence = newWorld(a.t).evidence
	case 3:
		a.evidence.HasFactor, a.evidence.Phone = arg < 128, nil
	}
}
