package platform

import (
	"errors"
	"html/template"

	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
)

// A confirmView is a factor that waits for the code that activates it.
type confirmView struct {
	ID, Hint string
	Factor   events.Factor
	App      *enrollment.Provisioning  // totp: what the app needs
	Sent     *enrollment.SecretCreated // email, sms: what is known of the sending; nil: nothing
	Early    bool                      // another code cannot be sent yet
	Fault    string
	Trouble  string
	SignIn   bool // it ends a sign-in
}

// QR is the picture as a data: URL: it rests in no file and no cache.
func (v confirmView) QR() template.URL {
	return template.URL("data:image/png;base64," + v.App.QRPNG.Reveal()) // from enroll, in base64
}

// Key is the same to type.
func (v confirmView) Key() string { return v.App.Secret.Reveal() }

// URI opens an app on the same device.
func (v confirmView) URI() template.URL { return template.URL(v.App.URI.Reveal()) } // otpauth, from enroll

func (c *click) confirm() { c.showConfirm("", "") }

func (c *click) showConfirm(fault, trouble string) {
	status, err := c.bus.status(c.ctx, c.v.user())
	if err != nil {
		c.unanswered(err)
		return
	}
	one := enrollmentOf(status, c.r.PathValue("id"))
	switch {
	case one != nil && one.Status == string(enrollment.StatusActive): // its answer was lost
		c.confirmed(one.Factor, "")
	case one == nil:
		c.tell("That factor does not wait for a code any more. Please add it again.", c.afterEnrolling())
	default:
		c.showWaiting(*one, fault, trouble)
	}
}

func (c *click) showWaiting(one guard.FactorStatus, fault, trouble string) {
	view := confirmView{
		ID: one.EnrollmentID, Hint: one.DestinationHint, Factor: one.Factor, Fault: fault, Trouble: trouble, SignIn: !c.v.signedIn,
	}
	if e := c.v.created; e != nil && e.EnrollmentID == one.EnrollmentID && guard.Sent(e.Factor) {
		view.Sent, view.Early = e, e.ResendAt.After(c.now())
	}
	if one.Factor == events.TOTP {
		app, err := c.bus.provisioning(c.ctx, c.v.user(), one.EnrollmentID)
		if err != nil {
			c.unanswered(err)
			return
		}
		view.App = &app
	}
	c.show(outcomeOf(fault, trouble), confirmPage, view)
}

func enrollmentOf(s guard.UserStatus, id string) *guard.FactorStatus {
	for _, one := range s.Factors {
		if one.EnrollmentID == id {
			return &one
		}
	}
	return nil
}

// afterEnrolling is where somebody goes on who adds a factor.
func (c *click) afterEnrolling() string {
	if c.v.signedIn {
		return "/settings"
	}
	return "/required"
}

func (c *click) confirmSent() {
	code := c.r.PostFormValue("code")
	if fault := codeFault(code); fault != "" {
		c.showConfirm(fault, "")
		return
	}
	e := &enrollment.CodeSubmitted{User: c.v.user(), EnrollmentID: c.r.PathValue("id"), Code: events.NewSecret(code)}
	if c.v.pending.mayEnroll {
		e.LoginID = c.v.pending.loginID // the activation ends this login well
	}
	activated, err := c.bus.confirm(c.ctx, e)
	if err != nil {
		c.notConfirmed(err)
		return
	}
	c.confirmed(activated.Factor, activated.RecoveryCodesSetID)
}

// confirmed goes on with what has become active; set names recovery codes that were made with it.
func (c *click) confirmed(f events.Factor, set string) {
	c.v.created, c.v.codes = nil, set
	c.v.tour.reach(enrolled)
	notice := factorName(f) + " is active. From the next sign-in on, your password alone opens nothing."
	if c.v.signedIn {
		c.tell(notice, c.afterActivation())
		return
	}
	c.v.notice = notice
	if l, ok := c.standing(); ok { // whether the activation ended the login well, the primary record says
		c.stands(l)
	}
}

// afterActivation is where somebody is who is in. What was opened a moment ago counts for two minutes, so codes are shown after that.
func (c *click) afterActivation() string {
	if c.v.codes != "" {
		return codesPath
	}
	return "/settings"
}

func (c *click) notConfirmed(err error) {
	unexpected, ok := errors.AsType[*client.UnexpectedError](err)
	if !ok {
		c.showConfirm("", refusal(err, c.now()))
		return
	}
	switch e := unexpected.Event.(type) {
	case *enrollment.CodeRejected:
		c.showConfirm(mistaken(e, c.now()), "")
	default: // discarded
		c.v.created = nil
		c.tell("There were too many wrong codes, or it took too long. Please add the factor again.", c.afterEnrolling())
	}
}

func (c *click) resendActivationSent() {
	created, err := c.bus.resendActivation(c.ctx, &enrollment.ResendRequested{User: c.v.user(), EnrollmentID: c.r.PathValue("id")})
	if err != nil {
		c.warn(refusal(err, c.now()), "/settings/confirm/"+c.r.PathValue("id"))
		return
	}
	c.v.created = created
	c.tell("A new code is on its way to "+created.DestinationHint+". The one before does not count any more.", "/settings/confirm/"+created.EnrollmentID)
}
