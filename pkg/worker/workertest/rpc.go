package workertest

import (
	"context"
	"encoding/json"
	"errors"

	"countersign/pkg/events"
	"github.com/nats-io/nats.go"
)

// RPC asks at once. A refusal is a *events.Rejection.
func (p *Platform) RPC(entity, verb string, request, answer any) error {
	p.house.t.Helper()
	body, err := json.Marshal(request)
	if err != nil {
		p.house.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(p.house.t.Context(), Patience)
	defer cancel()
	m, err := p.conn.RequestWithContext(ctx, events.RPCSubject(p.name, entity, verb), body)
	if err != nil {
		return err
	}
	if code := m.Header.Get("Nats-Service-Error"); code != "" {
		var more events.RequestRejected
		if err := json.Unmarshal(m.Data, &more); len(m.Data) > 0 && err != nil {
			p.house.t.Errorf("the error of %s.%s cannot be read: %v", entity, verb, err)
		}
		return &events.Rejection{Code: events.Code(code), Field: more.Field, Message: more.Message, RetryAt: more.RetryAt}
	}
	return json.Unmarshal(m.Data, answer)
}

// NoneAnswers returns when no worker answers a question any more.
func (p *Platform) NoneAnswers(entity, verb string) {
	p.house.t.Helper()
	p.house.until("nobody answers "+entity+"."+verb, func(ctx context.Context) bool {
		_, err := p.conn.RequestWithContext(ctx, events.RPCSubject(p.name, entity, verb), []byte("{}"))
		return errors.Is(err, nats.ErrNoResponders)
	})
}
