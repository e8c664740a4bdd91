package platform

import "countersign/pkg/events/recovery"

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

func (c *click) deskSilent(err error) {
	c.conf.Log.Warn("ask for the open cases", "error", err)
	c.show(silent, silencePage, "/support")
}
