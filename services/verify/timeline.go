package verify

import (
	"context"
	"iter"
	"slices"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/services/verify/internal/timeline"
)

// userTimeline tells what happened to a user: the three streams of the user, and of every message what became of it.
func (s *shell) userTimeline(ctx context.Context, platform string, body []byte) (any, error) {
	q, _, err := worker.Question[guard.UserTimelineRequest](s.Kit, platform, body)
	if err != nil {
		return nil, err
	}
	streams := s.streamsOf(ctx, platform, events.UserKey(platform, q.User))
	after, err := timeline.ParseCursor(q.After, len(streams))
	if err != nil {
		return nil, err
	}
	if q.Limit == 0 {
		q.Limit = guard.MaxTimeline
	}
	page, err := timeline.Read(streams, after, q.Limit)
	if err != nil {
		return nil, err
	}
	return guard.UserTimeline{Events: page.Events, Next: page.Next}, nil
}

// streamsOf are in the order that a cursor names them in: another one comes last.
func (s *shell) streamsOf(ctx context.Context, platform, userkey string) []timeline.Stream {
	of := func(kind, owner string) timeline.Stream {
		stream := eventstore.Stream{Platform: platform, Kind: kind, UserKey: userkey}
		return timeline.Stream{
			Commits: func(from uint64) iter.Seq2[eventstore.Commit, error] { return s.Store.Replay(ctx, stream, from) },
			Told: func(c eventstore.Commit) ([]events.Envelope, error) {
				return s.told(ctx, stream, owner, c)
			},
		}
	}
	return []timeline.Stream{
		of(worker.EnrollmentKind, enrollment.Worker), of(worker.GuardKind, guard.Worker), of(worker.RecoveryKind, recovery.Worker),
	}
}

// told are the messages of a commit, and what became of those to the user that it asked for.
func (s *shell) told(ctx context.Context, of eventstore.Stream, owner string, c eventstore.Commit) ([]events.Envelope, error) {
	list, err := decider.Told(s.Registry, owner, c)
	if err != nil {
		return nil, err
	}
	var outcomes []events.Envelope
	for _, e := range c.Events {
		if e.Type != notification.RequestedType {
			continue
		}
		wanted, err := s.Registry.DecodeStored(e.Type, e.Data, e.Record)
		if err != nil {
			return nil, err
		}
		of.Kind, of.ID = worker.NotificationKind, wanted.(*notification.Requested).NotificationID
		became, err := s.became(ctx, of)
		if err != nil {
			return nil, err
		}
		outcomes = append(outcomes, became...)
	}
	slices.SortStableFunc(outcomes, func(a, b events.Envelope) int { return a.Time.Compare(b.Time) })
	return append(list, outcomes...), nil
}

func (s *shell) became(ctx context.Context, of eventstore.Stream) (list []events.Envelope, err error) {
	for c, err := range s.Store.Replay(ctx, of, 1) {
		if err != nil {
			return nil, err
		}
		told, err := decider.Told(s.Registry, notification.Worker, c)
		if err != nil {
			return nil, err
		}
		list = append(list, told...)
	}
	return list, nil
}
