package recovery

import (
	"context"
	"errors"

	"countersign/pkg/events"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
	"countersign/services/recovery/internal/decide"
	"countersign/services/recovery/internal/web"
)

// put brings what a page sent to its one effect: id makes a form that comes twice the same question. It returns what the stream holds
// because of it, nothing where nothing changed, and what to tell.
func (s *shell) put(ctx context.Context, f finding, id string, input gather) ([]events.Event, decide.Problem, error) {
	r := s.Outbox.Question(f.platform, f.state.User, id, f.now)
	told, err := s.settle(ctx, r, input)
	if err != nil {
		return nil, "", err
	}
	c, err := s.Store.ByCause(ctx, r.Stream(worker.RecoveryKind), r.Cause)
	if errors.Is(err, eventstore.ErrNoCommit) {
		return nil, told, nil
	}
	if err != nil {
		return nil, "", err
	}
	made, err := s.decoded(c)
	return made, problemOf(made), err
}

func (s *shell) decoded(c eventstore.Commit) ([]events.Event, error) {
	var made []events.Event
	for _, stored := range c.Events {
		e, err := s.Registry.DecodeStored(stored.Type, stored.Data, stored.Record)
		if err != nil {
			return nil, err
		}
		made = append(made, e)
	}
	return made, nil
}

// problemOf tells a form that comes again what the first one was told: its decision stands in the stream.
func problemOf(made []events.Event) decide.Problem {
	for _, e := range made {
		switch e.(type) {
		case *recovery.CodeMissed:
			return decide.WrongCode
		case *recovery.CaptchaFailed:
			return decide.CaptchaFailed
		}
	}
	return decide.NoProblem
}

var problems = map[decide.Problem]web.Problem{
	decide.OtherStep: web.OtherStep, decide.WrongCode: web.WrongCode, decide.CodeExpired: web.CodeExpired,
	decide.TooManyCodes: web.TooManyCodes, decide.TooSoon: web.TooSoon, decide.NoMoreTexts: web.NoMoreTexts,
	decide.CaptchaFailed: web.CaptchaFailed,
}
