package platform

import (
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/recovery"
)

func asked() *recovery.ApprovalRequired {
	return &recovery.ApprovalRequired{
		User: "u-1", RecoveryID: "r-1", RequestedBy: "agent-a", Reason: recovery.BySupport, CaseRef: "T-1", ExpiresAt: noon.Add(7 * 24 * time.Hour),
	}
}

// asksDesk fills in the form of the support desk.
func (p *person) asksDesk(by string) {
	p.Helper()
	p.send("/support/ask", "email", email, "reason", "canary: passport shown", "ticket", "T-1", "no-phone", "yes", "by", by)
}

func TestAnAgentAsksAndAnotherOneApproves(t *testing.T) {
	p := member(t)
	account, _ := p.platform.accounts.ByEmail(email)
	p.answers(asked(), nil)
	p.asksDesk("agent-a")
	p.at("/support", "Agent A asked. Another agent decides until 28 November 2026")
	e := last[*recovery.SupportRequested](p.fake)
	if e.User != account.ID || e.By != "agent-a" || e.CaseRef != "T-1" || len(e.Unavailable) != 1 || e.Unavailable[0] != recovery.Phone {
		t.Errorf("asked %+v", e)
	}
	p.reason = "passport shown"
	p.cases.Cases = []recovery.Case{{
		User: account.ID, RecoveryID: "r-1", State: recovery.CaseApproval, RequestedBy: "agent-a", CaseRef: "T-1", ExpiresAt: noon.Add(time.Hour),
	}}
	p.open("/support")
	p.at("/support", "<h3>"+email, "agent A asked, ticket T-1: passport shown", `value="approve agent-a"`, `value="approve agent-b"`)
	p.answers(&recovery.Approved{Outcome: recovery.Outcome{RecoveryID: "r-1", By: "agent-b", CompletesAt: noon.Add(24 * time.Hour)}}, nil)
	p.send("/support/decide", "verdict", "approve agent-b", "user", account.ID, "case", "r-1")
	p.at("/support", "Agent B approved it. The factors are cleared in 24 hours")
	if e := last[*recovery.ApprovalGiven](p.fake); e.By != "agent-b" || e.RecoveryID != "r-1" || e.User != account.ID {
		t.Errorf("approved %+v", e)
	}
}

func TestTheDeskSaysWhyItWasRefused(t *testing.T) {
	own := &events.Rejection{Code: events.NotAllowed, Field: "by", Message: "asked for this case"}
	for name, c := range map[string]struct {
		refusal error
		words   string
	}{
		"one's own request":    {own, "Countersign refused it (not_allowed): asked for this case."},
		"a decision that fell": {&events.Rejection{Code: events.WrongState, Message: "the case was denied"}, "(wrong_state): the case was denied."},
		"a case that is not":   {&events.Rejection{Code: events.NotFound}, "(not_found)"},
		"one too many":         {&events.Rejection{Code: events.RateLimited, Message: "too many", RetryAt: noon.Add(time.Hour)}, "Try again in 60 minutes"},
		"nobody who answers":   {client.ErrNoAnswer, "No answer came in time"},
	} {
		t.Run(name, func(t *testing.T) {
			p := member(t)
			p.answers(nil, c.refusal)
			p.send("/support/decide", "verdict", "approve agent-a", "user", "u-1", "case", "r-1")
			p.at("/support/decide", c.words, `role="alert"`)
			p.asksDesk("agent-a")
			p.at("/support/ask", c.words, `value="`+email+`"`)
		})
	}
}

func TestADenialAndACancellationEndACase(t *testing.T) {
	p := visits(t)
	p.answers(&recovery.Denied{}, nil)
	p.send("/support/decide", "verdict", "deny agent-b", "user", "u-1", "case", "r-1")
	p.at("/support", "Agent B denied it.")
	p.answers(&recovery.Cancelled{}, nil)
	p.send("/support/decide", "verdict", "cancel agent-a", "user", "u-1", "case", "r-1")
	p.at("/support", "Agent A cancelled it.")
	if d, c := last[*recovery.DenialGiven](p.fake), last[*recovery.CancellationRequested](p.fake); d.By != "agent-b" || c.By != "agent-a" {
		t.Errorf("said %+v, %+v", d, c)
	}
}

func TestTheDesksFormIsHeldToWhatIsNeeded(t *testing.T) {
	p := visits(t)
	p.send("/support/ask", "email", "eve@example.com", "ticket", "", "no-email", "yes")
	p.at("/support/ask", "There is no account with this address", `id="reason-fault"`, `id="ticket-fault"`, `name="no-email" value="yes" checked`)
	if count[*recovery.SupportRequested](p.fake) != 0 {
		t.Error("it was asked")
	}
}

func TestTheReasonIsOnNoPanel(t *testing.T) {
	p := member(t)
	p.answers(asked(), nil)
	p.asksDesk("agent-a")
	p.at("/support", "support_requested", "•••")
	if contains(p.page, "canary") {
		t.Error("the panel shows it")
	}
}

func TestWithoutItsCredentialsThereIsNoDesk(t *testing.T) {
	p := member(t)
	p.platform.conf.Approver = nil
	for _, path := range []string{"/support", "/home"} {
		if p.open(path); contains(p.page, `href="/support"`) {
			t.Errorf("%s leads there", path)
		}
	}
	p.open("/support")
	p.at("/support", "There is nothing here")
	p.send("/support/decide", "verdict", "approve agent-a", "user", "u-1", "case", "r-1")
	p.asksDesk("agent-a")
	if count[*recovery.ApprovalGiven](p.fake)+count[*recovery.SupportRequested](p.fake) != 0 {
		t.Error("it works all the same")
	}
}

func TestADeskWithoutAnAnswerSaysSo(t *testing.T) {
	p := visits(t)
	p.casesErr = client.ErrNoAnswer
	p.open("/support")
	p.at("/support", "No answer is no", `href="/support"`)
}
