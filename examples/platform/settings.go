package platform

import (
	"slices"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
)

// A settingsView is the security settings.
type settingsView struct {
	guard.UserStatus
	Kinds  []kindView
	First  events.Factor // that signing in asks for
	Active int
}

// A kindView is one kind of factor as it stands for the user.
type kindView struct {
	Factor  events.Factor
	Active  *guard.FactorStatus
	Pending *guard.FactorStatus
	First   bool
}

func (c *click) settings() {
	status, err := c.bus.status(c.ctx, c.v.user())
	if err != nil {
		c.unanswered(err)
		return
	}
	c.show(fine, settingsPage, c.settingsView(status))
}

// troubled shows the settings with what went wrong.
func (c *click) troubled(trouble string) { c.warn(trouble, "/settings") }

func (c *click) settingsView(s guard.UserStatus) settingsView {
	view := settingsView{UserStatus: s, First: first(s, c.v.account.Wish())}
	for _, f := range []events.Factor{events.TOTP, events.Email, events.SMS} {
		kind := kindView{Factor: f, Active: of(s, f, enrollment.StatusActive), Pending: of(s, f, enrollment.StatusPending)}
		kind.First = kind.Active != nil && f == view.First
		if kind.Active != nil {
			view.Active++
		}
		if kind.Active != nil || slices.Contains(s.AllowedFactors, f) {
			view.Kinds = append(view.Kinds, kind)
		}
	}
	return view
}

// first is the factor that signing in asks for: the wish, if it is active, else the newest.
func first(s guard.UserStatus, wish events.Factor) events.Factor {
	if of(s, wish, enrollment.StatusActive) != nil {
		return wish
	}
	return s.DefaultFactor
}

func of(s guard.UserStatus, f events.Factor, status enrollment.Status) *guard.FactorStatus {
	for _, one := range s.Factors {
		if one.Factor == f && one.Status == string(status) {
			return &one
		}
	}
	return nil
}

// purpose says what a change is, after "to".
func (ch change) purpose() string {
	name := map[events.Factor]string{events.TOTP: "the authenticator app", events.Email: "email codes", events.SMS: "text message codes"}[ch.factor]
	switch ch.kind {
	case renewCodes:
		return "make new recovery codes"
	case remove:
		return "turn off " + name
	case prefer:
		return "be asked for " + name + " first"
	}
	return "set up " + name
}

// preferSent changes which factor signing in asks for first: a wish that the platform keeps and sends along.
func (c *click) preferSent() {
	if f := events.Factor(c.r.PostFormValue("factor")); c.active(f) {
		c.prove(change{kind: prefer, factor: f})
	}
}

// active reports whether the user has the factor; if not, that is told.
func (c *click) active(f events.Factor) bool {
	status, err := c.bus.status(c.ctx, c.v.user())
	switch {
	case err != nil:
		c.unanswered(err)
	case of(status, f, enrollment.StatusActive) == nil:
		c.troubled("That is not one of your factors.")
	default:
		return true
	}
	return false
}

// prove carries the change out if a code was accepted lately, else asks for one first.
func (c *click) prove(ch change) {
	if p := c.v.proof; p.loginID != "" && c.now().Sub(p.at) < fresh {
		c.carryOut(ch)
		return
	}
	c.begin(&ch, c.troubled)
}

// carryOut does what was proven.
func (c *click) carryOut(ch change) {
	switch ch.kind {
	case add:
		c.enrollFor(ch)
	case remove:
		c.removeFor(ch)
	case renewCodes:
		c.renewCodesFor()
	case prefer:
		c.v.spend(c.now())
		c.v.account.SetWish(ch.factor)
		c.tell("From now on you are asked for this first: "+factorName(ch.factor)+".", "/settings")
	}
}
