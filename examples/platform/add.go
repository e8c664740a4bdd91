package platform

import (
	"errors"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
)

// An addView is the form for a new factor, or one in the place of another of its kind.
type addView struct {
	Factor   events.Factor
	Replaces *guard.FactorStatus
	Password bool // is asked for
	Form     form
}

func (c *click) add() {
	f := newForm()
	f.Values["email"] = c.v.account.Email
	c.showAdd(events.Factor(c.r.PathValue("factor")), f)
}

func (c *click) showAdd(factor events.Factor, f form) {
	status, err := c.bus.status(c.ctx, c.v.user())
	if err != nil {
		c.unanswered(err)
		return
	}
	if !offered(status, factor) {
		c.lost()
		return
	}
	c.show(f.outcome(), addPage, addView{
		Factor: factor, Replaces: of(status, factor, enrollment.StatusActive), Password: !c.v.passwordFresh(c.now()), Form: f,
	})
}

func offered(s guard.UserStatus, f events.Factor) bool {
	for _, allowed := range s.AllowedFactors {
		if allowed == f && f != events.RecoveryCode {
			return true
		}
	}
	return false
}

func (c *click) addSent() {
	ch := change{kind: add, factor: events.Factor(c.r.PathValue("factor"))}
	f := c.typed("email", "phone")
	c.way(&ch, f)
	c.contact(&ch, f)
	if !c.v.passwordFresh(c.now()) {
		c.passwordRight("password", f)
	}
	if f.faulty() {
		c.showAdd(ch.factor, f)
		return
	}
	status, err := c.bus.status(c.ctx, c.v.user())
	switch {
	case err != nil:
		c.unanswered(err)
	case status.DefaultFactor != "": // a factor is active: the password alone proves too little
		c.prove(ch)
	default:
		if ch.factor != events.Email { // the address that the platform knows, for notices and a lost device
			ch.email = events.NewSecret(c.v.account.Email)
		}
		c.carryOut(ch)
	}
}

// way takes a number by which to come back in without the device, where one is given.
func (c *click) way(ch *change, f form) {
	if number := dialled(f.Values["phone"]); number != "" && ch.factor != events.SMS {
		f.fault("phone", phoneFault(number))
		ch.phone = events.NewSecret(number)
	}
}

// contact takes what the kind of factor needs from the form.
func (c *click) contact(ch *change, f form) {
	switch ch.factor {
	case events.Email:
		f.fault("email", emailFault(f.Values["email"]))
		ch.email = events.NewSecret(f.Values["email"])
	case events.SMS:
		number := dialled(f.Values["phone"])
		f.fault("phone", phoneFault(number))
		ch.phone = events.NewSecret(number)
	}
}

func (c *click) enrollFor(ch change) {
	loginID, _ := c.v.spend(c.now())
	created, err := c.bus.enroll(c.ctx, &enrollment.Requested{
		User: c.v.user(), Factor: ch.factor, ReauthenticatedAt: c.v.checkedAt, LoginID: loginID,
		AccountLabel: events.NewSecret(c.v.account.Email), Email: ch.email, Phone: ch.phone,
	})
	if err != nil {
		c.notEnrolled(ch, err)
		return
	}
	c.v.created = created
	c.redirect("/settings/confirm/" + created.EnrollmentID)
}

// notEnrolled shows the form again: beside its field if one is at fault.
func (c *click) notEnrolled(ch change, err error) {
	r, refused := errors.AsType[*events.Rejection](err)
	if refused && r.Code == events.StaleReauthentication {
		c.v.checkedAt = c.v.checkedAt.Add(-fresh)
	}
	why := refusal(err, c.now())
	if own := "/settings/add/" + string(ch.factor); c.r.URL.Path != own { // a step-up lay between
		c.warn(why, own)
		return
	}
	f := newForm()
	f.Values["email"], f.Values["phone"] = ch.email.Reveal(), ch.phone.Reveal()
	if refused && r.Code == events.Invalid && (r.Field == "email" || r.Field == "phone") {
		f.fault(r.Field, "This cannot be used: it "+r.Message)
	} else {
		f.fault("", why)
	}
	c.showAdd(ch.factor, f)
}
