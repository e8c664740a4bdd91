package platform

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/guard"
)

// A codeView is a pending login as its page shows it.
type codeView struct {
	client.Login
	StepUp  bool
	For     string // what the step-up is for
	Fault   string // of the code
	Trouble string // with sending it
	Waiting bool   // codes are not looked at until RetryAt
	Sent    bool   // a code was
	Resend  bool   // one, or another, can be
	Others  []other
	Early   bool // none is sent yet once more, by whichever factor
	Spare   bool // a recovery code would do as well
}

// An other is a factor to which the login can be switched.
type other struct {
	guard.Other
	Early bool // but not yet
}

func (c *click) code() {
	if l, ok := c.standing(); ok {
		c.stands(l)
	}
}

// stands shows where the login stands, or goes on if that is not here.
func (c *click) stands(l client.Login) {
	switch {
	case l.Passed(c.now()):
		c.passed(l)
	case l.State == guard.EnrollmentNeeded && !c.v.pending.stepUp:
		c.v.pending.mayEnroll = true
		c.redirect("/required")
	case over(l, c.now()):
		c.ended(l)
	default:
		c.showCode(l, "", "")
	}
}

// over reports whether no code can end the login well any more.
func over(l client.Login, now time.Time) bool {
	return l.State != guard.Challenged || !now.Before(l.ExpiresAt)
}

func (c *click) showCode(l client.Login, fault, trouble string) {
	now := c.now()
	view := codeView{
		Login: l, StepUp: c.v.pending.stepUp, Fault: fault, Trouble: trouble, Waiting: l.RetryAt.After(now),
		Sent: guard.Sent(l.Factor) && !l.CodeExpiresAt.IsZero(), Resend: guard.Sent(l.Factor), Early: l.ResendAt.After(now),
		Spare: offersSpare(l),
	}
	for _, o := range l.OtherFactors {
		if o.Factor != events.RecoveryCode {
			view.Others = append(view.Others, other{o, view.Early && guard.Sent(o.Factor)})
		}
	}
	if view.StepUp {
		view.For = c.v.pending.change.purpose()
	}
	c.show(outcomeOf(fault, trouble), codePage, view)
}

// An endedView says why a login came to nothing.
type endedView struct {
	StepUp bool
	Why    string
}

func (c *click) ended(l client.Login) {
	view := endedView{StepUp: c.v.pending.stepUp, Why: ending(l)}
	c.v.pending = pending{}
	c.show(faulty, endedPage, view)
}

func ending(l client.Login) string {
	switch {
	case l.State == guard.Accepted, l.State == guard.Waived:
		return "The answer came too late to count. An accepted code opens a session within two minutes."
	case l.State == guard.Unknown:
		return "Nothing is known of it: the request did not arrive."
	case guard.CloseReason(l.Reason) == guard.TooManyAttempts, l.Rejected == guard.WrongCode, l.Rejected == guard.OutOfAttempts:
		return "There were too many wrong codes."
	case guard.CloseReason(l.Reason) == guard.Removed:
		return "The factor that it asked for is gone."
	case guard.CloseReason(l.Reason) == guard.Superseded:
		return "Newer sign-ins have taken its place."
	}
	return "Its time is over."
}

func (c *click) codeSent() {
	code := c.r.PostFormValue("code")
	if fault := codeFault(code); fault != "" {
		if l, ok := c.standing(); ok {
			c.showCode(l, fault, "")
		}
		return
	}
	l, err := c.bus.attempt(c.ctx, &guard.AttemptSubmitted{
		User: c.v.user(), ChallengeID: c.v.pending.challengeID, Code: events.NewSecret(code),
	})
	if err == nil && l.Passed(c.now()) {
		c.passed(l)
		return
	}
	c.notPassed(l, err, c.showCode)
}

// notPassed tells why, on the page that the code came from. What the attempt's answer does not say, or did not say because it was lost, the primary record does.
func (c *click) notPassed(answer client.Login, err error, show func(l client.Login, fault, trouble string)) {
	l, ok := c.standing()
	if !ok {
		return
	}
	if answer.Rejected != "" {
		c.v.tour.reach(refusedOnce)
	}
	switch {
	case l.Passed(c.now()):
		c.passed(l)
	case over(l, c.now()):
		l.Rejected = answer.Rejected
		c.ended(l)
	case err != nil:
		show(l, "", refusal(err, c.now()))
	default:
		show(l, rejected(answer, c.tried(l), c.now()), "")
	}
}

// tried is the kind of code that the form took.
func (c *click) tried(l client.Login) events.Factor {
	if c.r.URL.Path == sparePath {
		return events.RecoveryCode
	}
	return l.Factor
}

func (c *click) resendSent() {
	f := events.Factor(c.r.PostFormValue("factor"))
	l, err := c.bus.resend(c.ctx, &guard.ResendRequested{User: c.v.user(), ChallengeID: c.v.pending.challengeID, Factor: f})
	switch {
	case err != nil:
		c.warn(refusal(err, c.now()), "/code")
	case guard.Sent(l.Factor):
		c.tell("A new code is on its way to "+l.DestinationHint+". The one before does not count any more.", "/code")
	default:
		c.redirect("/code")
	}
}

// cancelSent forgets the login. It is left to expire: nobody can use it without this browser.
func (c *click) cancelSent() {
	c.v.pending = pending{}
	if c.v.signedIn {
		c.redirect("/settings")
		return
	}
	c.become(nil)
	c.redirect("/sign-in")
}

// required says that signing in needs a factor first.
func (c *click) required() {
	l, ok := c.standing()
	switch {
	case !ok:
	case l.State == guard.EnrollmentNeeded:
		c.v.pending.mayEnroll = true
		c.show(fine, requiredPage, l)
	default:
		c.stands(l)
	}
}
