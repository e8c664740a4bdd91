package platform

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"countersign/pkg/events"
	"countersign/pkg/events/recovery"
)

// The support desk, for whoever can reach neither device nor contacts. Two agents share it here, and nobody signs in to it; a real one
// knows its people, and gives each the credential of one role.

// A deskAgent is one of the two.
type deskAgent struct{ ID, Name string }

var agents = []deskAgent{{"agent-a", "agent A"}, {"agent-b", "agent B"}}

type deskView struct {
	Agents []deskAgent
	Cases  []deskCase
	More   bool // than are shown
	Form   form
}

// A deskCase is one that is open, as the desk shows it.
type deskCase struct {
	recovery.Case
	Account string // address, or the id where this demo does not know it
	Asked   string // who asked for it; empty: the user
}

const deskCases = 50

func (c *click) desked() bool { return c.conf.Support != nil && c.conf.Approver != nil }

func (c *click) desk() {
	f := newForm()
	f.Values["ticket"] = "T-1"
	c.showDesk(f)
}

func (c *click) showDesk(f form) {
	if !c.desked() {
		c.lost()
		return
	}
	open, err := c.conf.Support.RecoveryList(c.ctx, recovery.ListRequest{Limit: deskCases})
	if err != nil {
		c.deskSilent(err)
		return
	}
	view := deskView{Agents: agents, More: open.Next != "", Form: f}
	for _, one := range open.Cases {
		view.Cases = append(view.Cases, c.deskCase(one))
	}
	c.show(f.outcome(), deskPage, view)
}

func (c *click) deskCase(one recovery.Case) deskCase {
	if one.State == recovery.CaseApproval { // why is told for one case at a time
		if whole, err := c.conf.Approver.RecoveryStatus(c.ctx, one.RecoveryID); err == nil {
			one = whole
		}
	}
	shown := deskCase{Case: one, Account: one.User, Asked: agentName(one.RequestedBy)}
	if a, ok := c.accounts.ByID(one.User); ok {
		shown.Account = a.Email
	}
	return shown
}

func agentName(id string) string {
	for _, a := range agents {
		if a.ID == id {
			return a.Name
		}
	}
	return id
}

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

func (c *click) deskSilent(err error) {
	c.conf.Log.Warn("ask for the open cases", "error", err)
	c.show(silent, silencePage, "/support")
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
