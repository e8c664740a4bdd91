package platform

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"countersign/pkg/events"
	"countersign/pkg/events/recovery"
)

// deskAsked opens a case in a user's name.
func (c *click) deskAsked() {
	f := c.typed("email", "reason", "ticket", "no-email", "no-phone")
	user := c.deskUser(f)
	if f.faulty() || !c.desked() {
		c.showDesk(f)
		return
	}
	asked, err := c.bus.recoverBySupport(c.ctx, &recovery.SupportRequested{
		User: user, By: c.acting(), Reason: events.NewSecret(f.Values["reason"]), CaseRef: f.Values["ticket"], Unavailable: unavailable(f),
	})
	if err != nil {
		f.fault("", c.deskRefusal(err))
		c.showDesk(f)
		return
	}
	c.deskTold(fmt.Sprintf("%s asked. Another agent decides until %s.", title(agentName(asked.RequestedBy)), day(asked.ExpiresAt)))
}

// deskUser notes what is wrong with the form, and says whose case it is.
func (c *click) deskUser(f form) (user string) {
	if f.Values["reason"] == "" {
		f.fault("reason", "Write down why: another agent decides by it")
	}
	f.fault("ticket", ticketFault(f.Values["ticket"]))
	a, known := c.accounts.ByEmail(f.Values["email"])
	if !known {
		f.fault("email", "There is no account with this address on this demo platform")
		return ""
	}
	return a.ID
}

func ticketFault(ticket string) string {
	if events.ID("ticket", ticket, events.MaxID) != nil {
		return "Enter the ticket, such as T-1"
	}
	return ""
}

func unavailable(f form) (all []recovery.Contact) {
	for name, contact := range map[string]recovery.Contact{"no-email": recovery.Email, "no-phone": recovery.Phone} {
		if f.Values[name] != "" {
			all = append(all, contact)
		}
	}
	return all
}

// acting is in whose name the button stands.
func (c *click) acting() string { return cmp.Or(c.r.PostFormValue("by"), agents[0].ID) }

// deskDecided approves, denies or cancels.
func (c *click) deskDecided() {
	if !c.desked() {
		c.lost()
		return
	}
	verdict, by, _ := strings.Cut(c.r.PostFormValue("verdict"), " ")
	notice, err := c.decide(verdict, by, c.r.PostFormValue("user"), c.r.PostFormValue("case"))
	if err != nil {
		f := newForm()
		f.Values["ticket"] = "T-1"
		f.fault("", c.deskRefusal(err))
		c.showDesk(f)
		return
	}
	c.deskTold(title(agentName(by)) + " " + notice)
}

func (c *click) decide(verdict, by, user, id string) (notice string, err error) {
	switch verdict {
	case "approve":
		approved, err := c.bus.approve(c.ctx, &recovery.ApprovalGiven{User: user, RecoveryID: id, By: by})
		if err != nil || approved.CompletesAt.IsZero() {
			return "approved it.", err
		}
		return "approved it. The factors are cleared " + at(approved.CompletesAt, c.now()) + ", unless somebody cancels.", nil
	case "deny":
		_, err = c.bus.deny(c.ctx, &recovery.DenialGiven{User: user, RecoveryID: id, By: by})
		return "denied it.", err
	}
	_, err = c.bus.cancel(c.ctx, &recovery.CancellationRequested{User: user, RecoveryID: id, By: by})
	return "cancelled it.", err
}

// deskRefusal says the worker's own words: whoever decides must know why not.
func (c *click) deskRefusal(err error) string {
	r, ok := errors.AsType[*events.Rejection](err)
	if !ok {
		return refusal(err, c.now())
	}
	text := fmt.Sprintf("Countersign refused it (%s): %s.", r.Code, cmp.Or(r.Message, "no more is known"))
	if r.RetryAt.After(c.now()) {
		text += " Try again " + at(r.RetryAt, c.now()) + "."
	}
	return text
}

// deskTold shows a notice to whoever has no session, too.
func (c *click) deskTold(notice string) {
	if !c.held {
		c.become(nil)
	}
	c.tell(notice, "/support")
}

func title(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
