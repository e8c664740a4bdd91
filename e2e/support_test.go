package e2e_test

import (
	"context"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/recovery"
)

func TestTheGoClientFollowsARecoveryBySupport(t *testing.T) {
	t.Parallel()
	ctx, c := within(t, patient), newClient(t, shared, client.Config{})
	r := reach(ctx, t, c)
	asked := &recovery.SupportRequested{User: r.user, By: "staff-7", Reason: events.NewSecret("passport shown"), CaseRef: "T-1"}
	required, err := c.RecoverBySupport(ctx, asked)
	if err != nil || required.RequestedBy != "staff-7" || required.CaseRef != "T-1" {
		t.Fatalf("got %+v, %v", required, err)
	}
	id := required.RecoveryID
	if again, err := c.RecoverBySupport(ctx, asked); err != nil || again.RecoveryID != id {
		t.Errorf("the same ticket again: %+v, %v", again, err)
	}
	other := *asked
	other.CaseRef = "T-2"
	_, err = c.RecoverBySupport(ctx, &other)
	refused(t, events.WrongState, err)
	if found, err := c.RecoveryStatus(ctx, id); err != nil || found.State != recovery.CaseApproval || found.Reason != "passport shown" {
		t.Errorf("its status: %+v, %v", found, err)
	}
	if !listed(ctx, t, c, recovery.CaseApproval, id) {
		t.Error("it is not on the list")
	}
	_, err = c.Approve(ctx, &recovery.ApprovalGiven{User: r.user, RecoveryID: id, By: "staff-7"})
	refused(t, events.NotAllowed, err) // one's own request
	_, err = c.Approve(ctx, &recovery.ApprovalGiven{User: newUser(), RecoveryID: id, By: "staff-8"})
	refused(t, events.NotFound, err) // somebody else's case
	approved, err := c.Approve(ctx, &recovery.ApprovalGiven{User: r.user, RecoveryID: id, By: "staff-8", Note: events.NewSecret("called back")})
	if err != nil || time.Until(approved.CompletesAt) < 23*time.Hour {
		t.Fatalf("got %+v, %v", approved, err)
	}
	_, err = c.Deny(ctx, &recovery.DenialGiven{User: r.user, RecoveryID: id, By: "staff-9"})
	refused(t, events.WrongState, err) // decided already
	r.stops(ctx, t)
	if found, err := c.RecoveryStatus(ctx, id); err != nil || found.State != recovery.CaseCancelled {
		t.Errorf("once it is stopped: %+v, %v", found, err)
	}
	if listed(ctx, t, c, "", id) {
		t.Error("it is still on the list")
	}
	r.challengedAs(ctx, t, c, "l-1") // nothing has changed
}

// stops follows the link in a notice; each contact has one.
func (r reachable) stops(ctx context.Context, t *testing.T) {
	t.Helper()
	g := newGuest(t)
	for _, to := range []string{r.phone, r.email} {
		g.open(ctx, letterFor(ctx, t, shared, to, 1, cancelLink))
		g.sees("Stop this recovery?")
	}
	g.send(ctx, "", nil)
	g.sees("The recovery is stopped")
}

func TestADenialEndsACase(t *testing.T) {
	t.Parallel()
	ctx, c := within(t, patient), newClient(t, shared, client.Config{})
	r := reach(ctx, t, c)
	required, err := c.RecoverBySupport(ctx, &recovery.SupportRequested{User: r.user, By: "staff-7", Reason: events.NewSecret("said so"), CaseRef: "T-1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Deny(ctx, &recovery.DenialGiven{User: r.user, RecoveryID: required.RecoveryID, By: "staff-8"}); err != nil {
		t.Fatal(err)
	}
	if found, err := c.RecoveryStatus(ctx, required.RecoveryID); err != nil || found.State != recovery.CaseDenied {
		t.Errorf("got %+v, %v", found, err)
	}
	_, err = c.Cancel(ctx, &recovery.CancellationRequested{User: r.user, RecoveryID: required.RecoveryID, By: "staff-7"})
	refused(t, events.WrongState, err)
}

// listed asks page by page.
func listed(ctx context.Context, t *testing.T, c *client.Client, state recovery.CaseState, id string) bool {
	t.Helper()
	for after := ""; ; {
		page, err := c.RecoveryList(ctx, recovery.ListRequest{State: state, After: after, Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range page.Cases {
			if one.RecoveryID == id {
				return true
			}
		}
		if after = page.Next; after == "" {
			return false
		}
	}
}
