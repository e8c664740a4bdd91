package enrollment

import (
	"slices"
	"time"

	"countersign/pkg/events/notification"
	"countersign/pkg/events/recent"
)

// require leaves the time alone where nothing changes: a grace must not start anew.
func (s State) require(must bool, at time.Time) State {
	if must != s.Required {
		s.Required, s.RequiredSince = must, time.Time{}
		if must {
			s.RequiredSince = at
		}
	}
	return s
}

func (s State) generated(e *RecoveryCodesGenerated, at time.Time) State {
	s.RecoveryCodes = &Codes{SetID: e.SetID, Count: e.Count, Key: e.Record.Key, GeneratedAt: at}
	return s.names(e.Record.Key).spend(Spent{LoginID: e.Record.SpentLogin, At: at})
}

func (s State) revealed(e *RecoveryCodesRevealed, at time.Time) State {
	if s.RecoveryCodes == nil || s.RecoveryCodes.SetID != e.SetID || !s.RecoveryCodes.RevealedAt.IsZero() {
		return s
	}
	c := *s.RecoveryCodes
	c.RevealedAt = at
	s.RecoveryCodes = &c
	return s
}

func (s State) contacts(e *ContactsChanged, at time.Time) State {
	r := e.Record
	s = s.told(s.Email, r.EmailNotice, at).told(s.Phone, r.PhoneNotice, at)
	s.Email = keep(s.Email, r.Email, r.EmailNamed, at).proven(r.EmailProven)
	s.Phone = keep(s.Phone, r.Phone, r.PhoneNamed, at).proven(r.PhoneProven)
	for _, c := range []*Contact{r.Email, r.Phone} {
		if c != nil {
			s = s.names(c.Key)
		}
	}
	return s.spend(Spent{LoginID: r.SpentLogin, At: at})
}

func keep(old *Kept, c *Contact, named bool, at time.Time) *Kept {
	if c == nil {
		return old
	}
	return &Kept{Contact: *c, Since: at, Replaced: old != nil, Named: named}
}

func (k *Kept) proven(yes bool) *Kept {
	if k == nil || !yes {
		return k
	}
	p := *k
	p.Named = false
	return &p
}

// marked says of contacts whether they are undeliverable; nil says that they are not.
func (s State) marked(c notification.Channel, kept bool, enrollments []string, b *Bounce) State {
	if kept && c == notification.Email {
		s.Email = s.Email.bounced(b)
	}
	if kept && c == notification.SMS {
		s.Phone = s.Phone.bounced(b)
	}
	s.Factors = slices.Clone(s.Factors)
	for i, a := range s.Factors {
		if slices.Contains(enrollments, a.ID) {
			s.Factors[i].Bounce = b
		}
	}
	return s
}

func (k *Kept) bounced(b *Bounce) *Kept {
	if k == nil {
		return nil
	}
	p := *k
	p.Bounce = b
	return &p
}

// told remembers what was kept before a change for the notice that tells of it.
func (s State) told(old *Kept, notice string, at time.Time) State {
	if old == nil || notice == "" {
		return s
	}
	f := Former{Contact: old.Contact, Notice: notice, Until: at}
	s.Formers = recent.Newest(append(slices.Clone(s.Formers), f), maxFormers)
	return s
}

// spend remembers a login that is used up and forgets those that are too old to be used again.
func (s State) spend(p Spent) State {
	if p.LoginID == "" {
		return s
	}
	kept := slices.DeleteFunc(slices.Clone(s.SpentLogins), func(o Spent) bool {
		return o.LoginID == p.LoginID || p.At.Sub(o.At) >= SpentLife
	})
	s.SpentLogins = append(kept, p)
	return s
}

// names takes over a key that is newer than those named before, or of another keyring.
func (s State) names(k Key) State {
	if k.Keyring != "" && (k.Keyring != s.Key.Keyring || k.Number > s.Key.Number) {
		s.Key = k
	}
	return s
}

// erased leaves the receipt, the keyrings that must stay away, and what was counted or spent: an erasure is no way round a bound.
func (s State) erased(e *UserErased, at time.Time) State {
	rings := s.ErasedRings
	if e.Record.Keyring != "" {
		rings = recent.Newest(append(slices.Clone(rings), e.Record.Keyring), maxErased)
	}
	receipt := e.Receipt
	return State{
		ErasedAt: at, Receipt: &receipt, ErasedRings: rings,
		SpentLogins: s.SpentLogins, Requests: s.Requests, Resends: s.Resends, Misses: s.Misses, QuietAt: s.QuietAt,
	}
}

func (s State) end(id, reason string) State {
	s.Past = recent.Newest(append(slices.Clone(s.Past), Ended{ID: id, Reason: reason}), maxPast)
	return s
}

const day = 24 * time.Hour
