package platform

import (
	"errors"
	"mime"
	"strings"

	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
)

// Recovery codes: a set comes with the first factor, and another one when it is asked for.

// A codesView shows a set, which is seen on this one page.
type codesView struct{ Codes []string }

func (c *click) codes() {
	if set, ok := c.revealed(); ok {
		view := codesView{}
		for _, code := range set.Codes {
			view.Codes = append(view.Codes, code.Reveal())
		}
		c.show(fine, codesPage, view)
	}
}

// codesFile is the same to keep.
func (c *click) codesFile() {
	set, ok := c.revealed()
	if !ok {
		return
	}
	c.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	c.w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": set.FileName}))
	_, _ = c.w.Write([]byte(set.FileText.Reveal())) // nobody is left to tell
}

func (c *click) revealed() (enrollment.Revealed, bool) {
	if c.v.codes == "" {
		c.redirect("/settings")
		return enrollment.Revealed{}, false
	}
	set, err := c.bus.reveal(c.ctx, c.v.user(), c.v.codes)
	if _, refused := errors.AsType[*events.Rejection](err); refused {
		c.v.codes = ""
		c.warn("Those recovery codes cannot be shown any more. If you did not keep them, make a new set.", "/settings")
		return enrollment.Revealed{}, false
	}
	if err != nil {
		c.unanswered(err)
		return enrollment.Revealed{}, false
	}
	return set, true
}

func (c *click) codesKept() {
	c.v.codes = ""
	c.tell("Keep your recovery codes where the phone is not.", "/settings")
}

func (c *click) newCodes() { c.show(fine, newCodesPage, newForm()) }

// newCodesSent checks the password and asks for a code, as for turning a factor off.
func (c *click) newCodesSent() {
	f := newForm()
	if !c.passwordRight("password", f) {
		c.show(f.outcome(), newCodesPage, f)
		return
	}
	c.v.proof = proof{}
	c.begin(&change{kind: renewCodes}, c.troubled)
}

func (c *click) renewCodesFor() {
	loginID, _ := c.v.spend(c.now())
	made, err := c.bus.newCodes(c.ctx, &enrollment.RecoveryCodesRequested{
		User: c.v.user(), LoginID: loginID, ReauthenticatedAt: c.v.checkedAt,
	})
	if err != nil {
		c.troubled(refusal(err, c.now()))
		return
	}
	c.v.codes = made.SetID
	c.redirect(codesPath)
}

const (
	codesPath = "/settings/recovery-codes"
	sparePath = "/code/recovery"
)

// spare is the page on which a sign-in goes on with a recovery code.
func (c *click) spare() {
	if l, ok := c.standing(); ok {
		if l.Passed(c.now()) || over(l, c.now()) {
			c.stands(l)
			return
		}
		c.showSpare(l, "", "")
	}
}

type spareView struct{ Fault, Trouble string }

func (c *click) showSpare(_ client.Login, fault, trouble string) {
	c.show(outcomeOf(fault, trouble), sparePage, spareView{fault, trouble})
}

func (c *click) spareSent() {
	code := strings.TrimSpace(c.r.PostFormValue("code"))
	if fault := codeFault(code); fault != "" {
		c.showSpare(client.Login{}, fault, "")
		return
	}
	l, err := c.bus.attempt(c.ctx, &guard.AttemptSubmitted{
		User: c.v.user(), ChallengeID: c.v.pending.challengeID, Code: events.NewSecret(code), Factor: events.RecoveryCode,
	})
	if err == nil && l.Passed(c.now()) {
		c.v.notice = "That recovery code is used up. Each opens one sign-in."
		c.passed(l)
		return
	}
	c.notPassed(l, err, c.showSpare)
}

// offersSpare reports whether a recovery code would do.
func offersSpare(l client.Login) bool {
	for _, o := range l.OtherFactors {
		if o.Factor == events.RecoveryCode {
			return true
		}
	}
	return false
}

// outside is who has typed the password and is not in yet.
func outside(v *visit) string {
	if v.pending.stepUp {
		return "/code"
	}
	return halfway(v)
}
