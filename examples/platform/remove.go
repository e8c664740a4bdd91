package platform

import (
	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
)

func (c *click) remove() {
	if f := events.Factor(c.r.PathValue("factor")); c.active(f) {
		c.show(fine, removePage, removeView{f, newForm()})
	}
}

type removeView struct {
	Factor events.Factor
	Form   form
}

// removeSent checks the password and asks for a code: turning a factor off is never done on an open session alone.
func (c *click) removeSent() {
	ch := change{kind: remove, factor: events.Factor(c.r.PathValue("factor"))}
	f := newForm()
	if !c.active(ch.factor) {
		return
	}
	if !c.passwordRight("password", f) {
		c.show(f.outcome(), removePage, removeView{ch.factor, f})
		return
	}
	c.v.proof = proof{}
	c.begin(&ch, c.troubled)
}

func (c *click) removeFor(ch change) {
	loginID, _ := c.v.spend(c.now())
	e, err := c.bus.remove(c.ctx, &enrollment.RemovalRequested{
		User: c.v.user(), Factor: ch.factor, LoginID: loginID, ReauthenticatedAt: c.v.checkedAt,
	})
	if err != nil {
		c.troubled(refusal(err, c.now()))
		return
	}
	notice := factorName(ch.factor) + " is turned off."
	if len(e.Factors) == 0 {
		notice = "There was nothing to turn off."
	}
	c.v.tour.reach(disabled)
	c.tell(notice, "/settings")
}

// passwordRight checks the password of whoever is here.
func (c *click) passwordRight(name string, f form) bool {
	password := c.r.PostFormValue(name)
	if password == "" {
		f.fault(name, "Enter your password")
		return false
	}
	if _, ok := c.accounts.Check(c.v.account.Email, password); !ok {
		f.fault(name, "That is not your password")
		return false
	}
	c.v.checkedAt = c.now()
	return true
}
