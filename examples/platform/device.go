package platform

import (
	"errors"
	"net/http"
	"strings"

	"countersign/pkg/events"
	"countersign/pkg/events/recovery"
)

// A deviceView is the way back for who has lost the device.
type deviceView struct {
	Opened   *recovery.Opened // nil: it was not asked for yet
	Password bool             // is asked for
	Desk     bool             // there is a support desk
	Form     form
}

func (c *click) device() { c.showDevice(newForm()) }

func (c *click) showDevice(f form) {
	c.show(f.outcome(), devicePage, deviceView{
		Opened: c.v.pending.recovery, Password: !c.v.passwordFresh(c.now()), Desk: c.desked(), Form: f,
	})
}

// deviceSent asks for a recovery in the name of this sign-in: its password was right, its code is out of reach. Again is the resend.
func (c *click) deviceSent() {
	f := newForm()
	if !c.v.passwordFresh(c.now()) && !c.passwordRight("password", f) {
		c.showDevice(f)
		return
	}
	before := c.v.pending.recovery
	opened, err := c.bus.recover(c.ctx, &recovery.Requested{
		User: c.v.user(), LoginID: c.v.pending.loginID, ReauthenticatedAt: c.v.checkedAt, Locale: language(c.r),
	})
	if err != nil {
		f.fault("", c.unrecoverable(err))
		c.showDevice(f)
		return
	}
	c.v.pending.recovery = opened
	if before != nil {
		c.v.notice = resent(before, opened)
	}
	c.redirect("/lost-device")
}

func resent(before, now *recovery.Opened) string {
	if now.RecoveryID == before.RecoveryID && now.LinkExpiresAt.Equal(before.LinkExpiresAt) {
		return "The link that was sent still counts, so no other went out. Another can be sent in a moment."
	}
	return "Another link is on its way. The one before leads nowhere any more."
}

// unrecoverable says why a user cannot go this way.
func (c *click) unrecoverable(err error) string {
	r, refused := errors.AsType[*events.Rejection](err)
	if !refused {
		return refusal(err, c.now())
	}
	switch r.Code {
	case events.StaleReauthentication:
		c.v.checkedAt = c.v.checkedAt.Add(-fresh)
	case events.NoContact:
		return "There is no mail address or no phone number of yours by which you could prove that it is you. Support can help."
	case events.NotAllowed, events.WrongState:
		return "It cannot be done this way: " + r.Message + "."
	}
	return refusal(err, c.now())
}

// language is the browser's first, for the mail and the pages behind its link.
func language(r *http.Request) string {
	first, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ",")
	first, _, _ = strings.Cut(first, ";")
	odd := func(r rune) bool { return r != '-' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z') }
	if len(first) > events.MaxLocale || strings.ContainsFunc(first, odd) {
		return ""
	}
	return first
}

// stepName is what a recovery demands, for people.
func stepName(s recovery.Step) string {
	switch s {
	case recovery.Link:
		return "Open the link in the mail, on any device."
	case recovery.Text:
		return "Type the code that is sent to your phone number."
	case recovery.Captcha:
		return "Let the browser show that nobody does this a thousand times."
	case recovery.RecoveryCode:
		return "Type one of the recovery codes that you kept."
	case recovery.Approval:
		return "Wait until support has approved it."
	case recovery.WaitingPeriod:
		return "Wait for a while, in which you can still cancel it."
	}
	return string(s)
}
