package verify

import (
	"context"
	"fmt"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
	"countersign/services/verify/internal/core"
)

func matchRecoveryCode(key *keyring.DataKey, set *core.Codes, code events.Secret) core.Match {
	return core.Match{SetID: set.SetID, Number: key.MatchRecoveryCode(set.SetID, set.Count, code) + 1}
}

// judge tells a recovery what a code is worth. The answer is kept before it is given, so that who asks again is told the same; the code is
// part of the question, so that an id that is used for another code asks something else.
func (s *shell) judge(ctx context.Context, platform string, body []byte) (any, error) {
	q, p, err := worker.Question[guard.JudgeRequest](s.Kit, platform, body)
	if err != nil {
		return nil, err
	}
	digest := s.Rings.Digest([]byte(keyring.BareRecoveryCode(q.Code).Reveal()))
	r := s.Outbox.Question(platform, q.User, "judge/"+events.DerivedID(q.ID, digest), s.Now())
	err = s.guards.Handle(ctx, r, r.Stream(worker.GuardKind), func(ctx context.Context, l eventstore.Loaded[guard.State], now time.Time) (decider.Decision, error) {
		in, err := s.recoveryCodeAsked(ctx, r, q, now)
		if err != nil {
			return decider.Decision{Policy: p.Hash}, err
		}
		return s.decide(r, l, now, in)
	})
	if err != nil {
		return nil, err
	}
	return s.judgement(ctx, r)
}

func (s *shell) recoveryCodeAsked(ctx context.Context, r decider.Request, q guard.JudgeRequest, now time.Time) (core.RecoveryCodeAsked, error) {
	e, err := s.evidenceFor(ctx, r, now)
	if err != nil {
		return core.RecoveryCodeAsked{}, err
	}
	in := core.RecoveryCodeAsked{User: r.User, Evidence: e, NoticeID: r.Derive("notice")}
	if e.Codes == nil {
		return in, nil
	}
	key, err := s.Rings.Key(ctx, keyring.Seed, r.Platform, r.UserKey, keyring.Ref{Keyring: e.Codes.Keyring, Number: e.Codes.Number})
	if err != nil {
		return in, err
	}
	in.Match = matchRecoveryCode(key, e.Codes, q.Code)
	return in, nil
}

// judgement reads the answer that was kept.
func (s *shell) judgement(ctx context.Context, r decider.Request) (any, error) {
	c, err := s.Store.ByCause(ctx, r.Stream(worker.GuardKind), r.Cause)
	if err != nil {
		return nil, fmt.Errorf("read the judgement kept: %w", err)
	}
	first := c.Events[0]
	e, err := s.Registry.DecodeStored(first.Type, first.Data, first.Record)
	if err != nil {
		return nil, err
	}
	switch e := e.(type) {
	case *guard.RecoveryCodeJudged:
		return guard.Judgement{Verdict: e.Verdict, CodesLeft: e.CodesLeft}, nil
	case *events.RequestRejected:
		return nil, e.Rejection()
	}
	return nil, fmt.Errorf("read the judgement kept: it is a %s", first.Type)
}
