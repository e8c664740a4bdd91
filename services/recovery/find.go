package recovery

import (
	"context"
	"errors"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/links"
	"countersign/pkg/worker/policy"
	"countersign/services/recovery/internal/web"
)

// A finding is what streams and keys say of whom a link or a ticket names.
type finding struct {
	platform, userkey string
	state             recovery.State
	recovery          recovery.Recovery // the zero value where none is meant
	person            enrollment.State
	policy            policy.Policy
	key               *keyring.DataKey // nil: there is none
	now               time.Time
	decoy             events.Secret // stands for a token where there is no key
}

// find reads the same, and as often, of users who are known and of others: one head of each stream and one key. The key is read anew each
// time, since one in memory would tell that somebody was here before.
func (s *shell) find(ctx context.Context, platform, userkey string, which func(recovery.State) (recovery.Recovery, bool)) (finding, error) {
	f := finding{platform: platform, userkey: userkey, now: s.Now(), decoy: events.NewSecret(string(s.Rings.Shared("decoy", 0)))}
	f.policy, _ = s.Policies(platform)
	cases, err := eventstore.Load(ctx, s.Store, f.stream(worker.RecoveryKind), s.recoveries.Fold)
	if err != nil {
		return f, err
	}
	person, err := s.person(ctx, platform, userkey)
	if err != nil {
		return f, err
	}
	f.state, f.person = cases.State, person
	f.recovery, _ = which(f.state)
	f.key, err = s.keyOf(ctx, f)
	return f, err
}

// person is the enrollment's head.
func (s *shell) person(ctx context.Context, platform, userkey string) (enrollment.State, error) {
	stream := eventstore.Stream{Platform: platform, Kind: worker.EnrollmentKind, UserKey: userkey}
	l, err := eventstore.Load(ctx, s.Store, stream, s.enrollments)
	return l.State, err
}

func (s *shell) keyOf(ctx context.Context, f finding) (*keyring.DataKey, error) {
	ref := keyring.Ref{Keyring: "none", Number: 1}
	if k := f.recovery.Key; k != (enrollment.Key{}) {
		ref = keyring.Ref{Keyring: k.Keyring, Number: k.Number}
	}
	s.Rings.Drop(f.platform, f.userkey)
	key, err := s.Rings.Key(ctx, keyring.Delivery, f.platform, f.userkey, ref)
	if errors.Is(err, keyring.ErrNoKeyring) {
		return nil, nil
	}
	return key, err
}

func (f finding) stream(kind string) eventstore.Stream {
	return eventstore.Stream{Platform: f.platform, Kind: kind, UserKey: f.userkey}
}

// proves compares in constant time, also where nothing could be right.
func (f finding) proves(token events.Secret, id string, n uint64) bool {
	want := f.decoy
	if f.key != nil {
		want = f.key.LinkToken(id, n)
	}
	return want.Equal(token) && f.key != nil
}

func theOpen(s recovery.State) (recovery.Recovery, bool) {
	if s.Open == nil {
		return recovery.Recovery{}, false
	}
	return *s.Open, true
}

// ofLink reports whether a mailed link leads into the open case.
func (f finding) ofLink(l links.Link) bool {
	r := f.recovery
	right := f.proves(l.Token, r.ID, r.Link.Sending)
	return right && r.Link.Sending > 0 && !r.Bound && !r.Over(f.now) && f.now.Before(r.Link.ExpiresAt)
}

// ofCancelLink reports whether a cancel link leads to a case that can still be ended.
func (f finding) ofCancelLink(l links.Link) bool {
	r := f.recovery
	return f.proves(l.Token, links.CancelID(r.ID), links.CancelSending) && !r.Over(f.now)
}

// ofTicket reports whether the browser holds the present claim of the case.
func (f finding) ofTicket(t web.Ticket) bool {
	r := f.recovery
	right := f.proves(t.Token, links.BrowserID(r.ID), t.Claim)
	return right && r.Claim > 0 && r.Claim == t.Claim && r.ID == t.RecoveryID
}
