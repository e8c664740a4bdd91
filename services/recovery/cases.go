package recovery

import (
	"context"
	"crypto/rand"

	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/links"
	"countersign/services/recovery/internal/decide"
	"countersign/services/recovery/internal/web"
)

// cases is what stands behind the pages.
type cases struct{ *shell }

func (c cases) Look(ctx context.Context, l links.Link) (web.View, error) {
	f, err := c.find(ctx, l.Platform, l.UserKey, theOpen)
	if err != nil || !f.ofLink(l) {
		return over(), err
	}
	v := f.view(web.StageLink)
	v.LinkExpiresAt = f.recovery.Link.ExpiresAt
	return v, nil
}

// Claim is a question of its own each time: two browsers that came by one link must not hold the same claim, and nothing tells them from
// one that came twice.
func (c cases) Claim(ctx context.Context, l links.Link, held web.Ticket) (web.View, web.Ticket, error) {
	f, err := c.find(ctx, l.Platform, l.UserKey, theOpen)
	switch {
	case err != nil:
		return over(), web.Ticket{}, err
	case f.ofTicket(held):
		v, err := c.standing(ctx, f)
		return v, held, err
	case !f.ofLink(l):
		return over(), web.Ticket{}, nil
	}
	made, _, err := c.put(ctx, f, "claim/"+rand.Text(), func(_ context.Context, m moment) (decide.Input, error) {
		return decide.LinkClaimed{
			Request: asked(m.Request), Evidence: m.evidence, RecoveryID: f.recovery.ID, Sending: f.recovery.Link.Sending,
		}, nil
	})
	if err != nil || len(made) == 0 {
		return over(), web.Ticket{}, err
	}
	t := f.ticket(made[0].(*recovery.Claimed).Claim)
	v, err := c.View(ctx, t)
	return v, t, err
}

func (f finding) ticket(claim uint64) web.Ticket {
	return web.Ticket{
		Platform: f.platform, UserKey: f.userkey, RecoveryID: f.recovery.ID, Claim: claim,
		Token: f.key.LinkToken(links.BrowserID(f.recovery.ID), claim),
	}
}

func (c cases) LookCancel(ctx context.Context, l links.Link) (web.View, error) {
	f, err := c.find(ctx, l.Platform, l.UserKey, theOpen)
	if err != nil || !f.ofCancelLink(l) {
		return over(), err
	}
	return f.view(web.StageCancel), nil
}

func (c cases) Cancel(ctx context.Context, l links.Link) (web.View, error) {
	f, err := c.find(ctx, l.Platform, l.UserKey, theOpen)
	if err != nil || !f.ofCancelLink(l) {
		return over(), err
	}
	made, _, err := c.put(ctx, f, "cancel/"+f.recovery.ID, func(_ context.Context, m moment) (decide.Input, error) {
		return decide.CancelledByContact{Request: asked(m.Request), RecoveryID: f.recovery.ID}, nil
	})
	if err != nil || len(made) == 0 {
		return over(), err
	}
	return f.view(web.StageCancelled), nil
}

func (c cases) View(ctx context.Context, t web.Ticket) (web.View, error) {
	f, err := c.browser(ctx, t)
	if err != nil || !f.ofTicket(t) {
		return over(), err
	}
	return c.standing(ctx, f)
}

// browser finds the case of a ticket, which may have ended.
func (s *shell) browser(ctx context.Context, t web.Ticket) (finding, error) {
	return s.find(ctx, t.Platform, t.UserKey, func(state recovery.State) (recovery.Recovery, bool) {
		return state.Recovery(t.RecoveryID)
	})
}
