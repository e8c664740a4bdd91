package recovery

import (
	"context"
	"errors"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
)

const (
	judgeTime  = 8 * time.Second // of all tries: a person waits
	judgeTry   = 2 * time.Second // what a connection lost with it is never answered
	judgeAgain = 200 * time.Millisecond
)

// judge asks verify what a recovery code is worth. The question names itself, so that it is put again while nobody answers: asked twice, it
// has one effect. A refusal, and a verdict that is not known here, is an error, which proves nothing.
func (s *shell) judge(ctx context.Context, platform string, q guard.JudgeRequest) (guard.Verdict, error) {
	ctx, cancel := context.WithTimeout(ctx, judgeTime)
	defer cancel()
	for {
		verdict, err := s.askVerify(ctx, platform, q)
		if _, refused := errors.AsType[*events.Rejection](err); err == nil || refused {
			return verdict, err
		}
		select {
		case <-time.After(judgeAgain):
		case <-ctx.Done():
			return "", err
		}
	}
}

func (s *shell) askVerify(ctx context.Context, platform string, q guard.JudgeRequest) (guard.Verdict, error) {
	ctx, cancel := context.WithTimeout(ctx, judgeTry)
	defer cancel()
	var j guard.Judgement
	err := s.Ask(ctx, platform, guard.JudgeEntity, guard.JudgeVerb, q, &j)
	return j.Verdict, err
}
