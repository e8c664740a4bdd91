package recovery_test

import (
	"context"
	"encoding/json"
	"errors"

	"countersign/pkg/events/guard"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
)

func (j *judge) worker() worker.Worker {
	return worker.Worker{Name: "verify", Table: func(worker.Kit) worker.Table {
		return worker.Table{Endpoints: []bus.Endpoint{{Entity: guard.JudgeEntity, Verb: guard.JudgeVerb, Answer: j.answer}}}
	}}
}

func (j *judge) answer(_ context.Context, _ string, body []byte) (any, error) {
	var q guard.JudgeRequest
	if err := json.Unmarshal(body, &q); err != nil {
		return nil, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.asked = append(j.asked, q)
	if j.fail > 0 {
		j.fail--
		return nil, errors.New("the store is away")
	}
	if q.Code.Reveal() == j.right {
		return guard.Judgement{Verdict: guard.VerdictRight}, nil
	}
	return guard.Judgement{Verdict: guard.VerdictWrong}, nil
}

func (j *judge) questions() []guard.JudgeRequest {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.asked
}
