package recovery

import (
	"cmp"
	"context"

	"countersign/pkg/events/recovery"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
)

const listDefault = 100

// list tells the open cases of a platform in the order of userkeys. An open case has a timer that has not fired: the streams with one are
// looked at, up to the limit, so that a page may hold fewer cases, none even, and still have a next. No free text is told.
func (s *shell) list(ctx context.Context, platform string, body []byte) (any, error) {
	q, _, err := worker.Question[recovery.ListRequest](s.Kit, platform, body)
	if err != nil {
		return nil, err
	}
	limit := cmp.Or(q.Limit, listDefault)
	after := eventstore.Stream{Platform: platform, Kind: worker.RecoveryKind, UserKey: q.After}.String()
	streams, err := s.Store.Waiting(ctx, worker.RecoveryKind, platform, after, limit)
	if err != nil {
		return nil, err
	}
	answer := recovery.Cases{Cases: []recovery.Case{}}
	for _, stream := range streams {
		c, open, err := s.open(ctx, stream)
		if err != nil {
			return nil, err
		}
		if open && (q.State == "" || q.State == c.State) {
			answer.Cases = append(answer.Cases, c)
		}
	}
	if len(streams) == limit {
		answer.Next = streams[limit-1].UserKey
	}
	return answer, nil
}

// open is a stream's open case; false for none, as when a timer of one that has ended is still to come.
func (s *shell) open(ctx context.Context, stream eventstore.Stream) (recovery.Case, bool, error) {
	l, err := eventstore.Load(ctx, s.Store, stream, s.recoveries.Fold)
	if err != nil || l.State.Open == nil || l.State.Open.Over(s.Now()) {
		return recovery.Case{}, false, err
	}
	return told(l.State.User, *l.State.Open, s.Now()), true, nil
}
