package stranger

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/nats-io/nats.go"
)

// A Refusal is the error of an RPC.
type Refusal struct{ Code, Status, Body string }

func (r *Refusal) Error() string { return fmt.Sprintf("refused: %s (%s) %s", r.Code, r.Status, r.Body) }

// Call asks an RPC, such as login.status.
func (p *Platform) Call(ctx context.Context, rpc string, question Data) (Event, error) {
	m := nats.NewMsg("mfa." + p.Name + ".rpc." + rpc)
	m.Data = written(question)
	return p.CallWith(ctx, m)
}

// CallWith asks with a message as it is.
func (p *Platform) CallWith(ctx context.Context, m *nats.Msg) (Event, error) {
	reply, err := p.Conn.RequestMsgWithContext(ctx, m)
	if err != nil {
		return Event{}, fmt.Errorf("ask %s: %w", m.Subject, err)
	}
	if code := reply.Header.Get("Nats-Service-Error"); code != "" {
		return Event{}, &Refusal{code, reply.Header.Get("Nats-Service-Error-Code"), string(reply.Data)}
	}
	answer := Event{Subject: reply.Subject, Body: string(reply.Data)}
	return answer, json.Unmarshal(reply.Data, &answer.Data)
}
