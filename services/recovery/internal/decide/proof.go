package decide

import (
	"slices"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/recovery"
)

// ahead is how far a time may lie in the future: clocks differ.
const ahead = time.Minute

const bySupport = ": use recovery.support_requested"

// offered refuses where the platform has no pages, or they could not be reached.
func (v view) offered() *events.Rejection {
	p := v.policy.Recovery
	if p.URL != "" && len(p.Steps) > 0 && p.Steps[0] == recovery.Link {
		return nil
	}
	return refuse(events.NotAllowed, "", "this platform's policy has no recovery.url"+bySupport)
}

// reauthenticated refuses a password check that is too old. SP 800-63B-4 4.2.2.2 recovers by a single factor of the account, the
// password, and one issued code: without the first, policy must demand more.
func (v view) reauthenticated(in Requested, steps []recovery.Step) *events.Rejection {
	if slices.Contains(steps, recovery.RecoveryCode) || slices.Contains(steps, recovery.Approval) {
		return nil
	}
	switch {
	case v.now.Sub(in.ReauthenticatedAt) > v.policy.Reauthentication:
		return stale("is more than " + v.policy.Reauthentication.String() + " ago: check the password again")
	case in.ReauthenticatedAt.Sub(v.now) > ahead:
		return stale("is in the future: set the platform's clock")
	}
	return nil
}

func stale(message string) *events.Rejection {
	return refuse(events.StaleReauthentication, "reauthenticated_at", message)
}

func known(in Requested) *events.Rejection {
	if in.LoginKnown {
		return nil
	}
	return refuse(events.NotFound, "login_id", "names no login of this user: start one before")
}

// lost refuses where there is nothing to recover.
func lost(e *Evidence) *events.Rejection {
	if e.HasFactor {
		return nil
	}
	return refuse(events.WrongState, "", "this user has no active factor: there is nothing to recover")
}

// reached asks for the contacts that steps use. One that was changed a short time ago may be a thief's.
func (v view) reached(steps []recovery.Step, e *Evidence) *events.Rejection {
	for _, s := range steps {
		c, used := e.of(s)
		switch {
		case used && c == nil:
			return refuse(events.NoContact, "", "no contact is known for the step "+string(s)+bySupport)
		case used && v.held(c):
			return refuse(events.NotAllowed, "", "the contact for the step "+string(s)+" was changed a short time ago"+bySupport)
		}
	}
	return nil
}

// of returns the contact that a step uses, if it uses one.
func (e *Evidence) of(s recovery.Step) (c *Contact, used bool) {
	switch s {
	case recovery.Link:
		return e.Email, true
	case recovery.Text:
		return e.Phone, true
	}
	return nil, false
}

func (v view) held(c *Contact) bool {
	return c.Replaced && v.now.Sub(c.Since) < v.policy.Recovery.ContactHold
}
