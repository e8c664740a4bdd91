package platform

import (
	"errors"
	"net"
	"net/http"

	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/guard"
	"github.com/google/uuid"
)

// begin asks for the second factor: of whoever's password was right just now, to sign in, or where ch is given, to prove it for a change.
// refused tells why it cannot be asked for.
func (c *click) begin(ch *change, refused func(why string)) {
	e := &guard.LoginStarted{
		User: c.v.user(), LoginID: "l-" + uuid.NewString(), Purpose: guard.ForLogin, Factor: c.v.account.Wish(),
		IP: address(c.r), UserAgent: agent(c.r),
	}
	if ch != nil {
		e.Purpose = guard.ForStepUp
	} else {
		c.v.feed.Only(e.LoginID)
	}
	c.v.pending = pending{loginID: e.LoginID, stepUp: ch != nil, change: ch} // before asking: a lost answer is found again by its id
	l, err := c.bus.login(c.ctx, e)
	if r, ok := errors.AsType[*events.Rejection](err); ok {
		c.v.pending = pending{}
		refused(refusal(r, c.now()))
		return
	}
	if err != nil {
		c.unanswered(err)
		return
	}
	c.proceed(l)
}

// proceed does what the login calls for. Nothing but Passed opens anything.
func (c *click) proceed(l client.Login) {
	c.v.pending.challengeID = l.ChallengeID
	c.v.pending.mayEnroll = l.State == guard.EnrollmentNeeded && !c.v.pending.stepUp
	switch {
	case l.Passed(c.now()):
		c.passed(l)
	case l.State == guard.EnrollmentNeeded && !c.v.pending.stepUp:
		c.redirect("/required")
	default:
		c.redirect("/code")
	}
}

// passed lets in, or goes on with the change that the login was to prove.
func (c *click) passed(l client.Login) {
	was := c.v.pending
	c.v.pending = pending{}
	if l.State == guard.Accepted {
		c.v.proof = proof{l.LoginID, c.now()}
	}
	if !c.fresh && !c.sessions.Renew(c.w, c.r) { // ended meanwhile
		c.redirect("/sign-in")
		return
	}
	if was.stepUp {
		c.carryOut(*was.change)
		return
	}
	c.letIn(l)
}

func (c *click) letIn(l client.Login) {
	c.v.signedIn = true
	c.v.feed.Only("")
	if l.State == guard.Accepted {
		c.v.tour.reach(signedInTwice)
	}
	if c.v.codes != "" {
		c.redirect(codesPath)
		return
	}
	c.redirect("/home")
}

// unanswered shows that nobody knows. The page that it leads to asks what became of the login.
func (c *click) unanswered(err error) {
	c.conf.Log.Warn("ask for the second factor", "error", err)
	c.show(silent, silencePage, c.again())
}

// again is the page that asks anew.
func (c *click) again() string {
	switch {
	case c.v.pending.loginID != "":
		return "/code"
	case c.r.Method == http.MethodGet:
		return c.r.URL.Path
	}
	return "/settings"
}

// standing asks the primary record where the pending login stands. Without an answer it shows so.
func (c *click) standing() (client.Login, bool) {
	l, err := c.conf.Logins.LoginStatus(c.ctx, c.v.user(), c.v.pending.loginID)
	if err != nil {
		c.unanswered(err)
		return client.Login{}, false
	}
	c.v.pending.challengeID = l.ChallengeID
	return l, true
}

func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}

// agent leaves out what the contract would refuse: a browser's odd name must not stop a login.
func agent(r *http.Request) string {
	if events.OptionalText("user_agent", r.UserAgent(), guard.MaxUserAgent) != nil {
		return ""
	}
	return r.UserAgent()
}
