package recovery

import (
	"context"
	"errors"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/links"
)

// status says where a case stands, by the primary record. It alone tells the free text of whoever asked support.
func (s *shell) status(ctx context.Context, platform string, body []byte) (any, error) {
	q, _, err := worker.Question[recovery.StatusRequest](s.Kit, platform, body)
	if err != nil {
		return nil, err
	}
	userkey, ok := links.UserKey(q.RecoveryID)
	if !ok {
		return nil, notFound()
	}
	stream := eventstore.Stream{Platform: platform, Kind: worker.RecoveryKind, UserKey: userkey}
	l, err := eventstore.Load(ctx, eventstore.Linearizable(s.Store), stream, s.recoveries.Fold)
	if err != nil {
		return nil, err
	}
	r, ok := l.State.Recovery(q.RecoveryID)
	if !ok {
		return nil, notFound()
	}
	answer := told(l.State.User, r, s.Now())
	answer.Reason, err = s.reason(ctx, stream, r)
	return answer, err
}

func notFound() error {
	return &events.Rejection{Code: events.NotFound, Field: "recovery_id", Message: "names no case that is open or among the user's last"}
}

func told(user string, r recovery.Recovery, now time.Time) recovery.Case {
	c := recovery.Case{
		User: user, RecoveryID: r.ID, State: r.Status(), Steps: r.Steps, NextStep: r.Next(),
		OpenedAt: r.OpenedAt, ExpiresAt: r.ExpiresAt, CompletesAt: r.CompletesAt,
	}
	if r.End == "" && r.Over(now) { // its timer is on the way
		c.State, c.NextStep = recovery.CaseExpired, ""
	}
	if r.Support != nil {
		c.RequestedBy, c.CaseRef = r.Support.RequestedBy, r.Support.CaseRef
	}
	return c
}

// reason opens what support gave as the reason; it is gone with the keys of a user who was erased.
func (s *shell) reason(ctx context.Context, stream eventstore.Stream, r recovery.Recovery) (string, error) {
	if r.Support == nil || r.Support.Reason == "" {
		return "", nil
	}
	text, err := s.Rings.OpenText(ctx, keyring.Delivery, stream.Platform, stream.UserKey, r.Key.Keyring, place(stream, r.ID, "reason"), r.Support.Reason)
	if errors.Is(err, keyring.ErrNoKeyring) {
		return "", nil
	}
	return text.Reveal(), err
}

// place is where a free text of a case stands.
func place(stream eventstore.Stream, id, field string) keyring.Place {
	return keyring.Place{Stream: stream.String(), Field: id + "/" + field}
}
