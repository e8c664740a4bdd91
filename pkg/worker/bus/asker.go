package bus

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"countersign/pkg/events"
)

func rowOf(rows []events.RPC, worker string, e Endpoint) (events.RPC, bool) {
	i := slices.IndexFunc(rows, func(q events.RPC) bool {
		return q.Worker == worker && q.Entity == e.Entity && q.Verb == e.Verb
	})
	if i < 0 {
		return events.RPC{}, false
	}
	return rows[i], true
}

// importedReply begins the replies that the server writes where the asker's account is another: an answer goes back to that account, where
// alone its reply subject counts. The server refuses a client that names one.
const importedReply = "_R_."

// mayAnswer reports whether reply is an inbox of somebody who may ask.
func mayAnswer(q events.RPC, subject, reply string) bool {
	if strings.ContainsAny(reply, "*> ") {
		return false
	}
	if q.Public() && strings.HasPrefix(reply, importedReply) {
		return true // accounts are platforms', and each may ask for itself alone
	}
	return slices.ContainsFunc(inboxes(q, platformOf(subject)), func(prefix string) bool {
		return strings.HasPrefix(reply, prefix+".")
	})
}

func inboxes(q events.RPC, platform string) []string {
	var list []string
	if q.Public() {
		list = append(list, PlatformInboxPrefix(platform))
	}
	for _, worker := range q.Askers {
		list = append(list, InboxPrefix(worker))
	}
	return list
}

// ask lets a worker put the questions whose rows name it.
func (p *Permissions) ask(k Contract, worker string) {
	for _, q := range k.RPCs {
		if slices.Contains(q.Askers, worker) {
			p.Publish = append(p.Publish, events.RPCSubject("*", q.Entity, q.Verb))
		}
	}
}

// Ask puts a question to another worker about a user of platform. A refusal is a *events.Rejection; any other error, that of a ctx that
// ended included, says nothing about the answer: ask again. ctx must have a deadline.
func (c *Conn) Ask(ctx context.Context, platform, entity, verb string, request, answer any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("ask %s.%s: encode request: %w", entity, verb, err)
	}
	m, err := c.request(ctx, platform, entity+"."+verb, &nats.Msg{Subject: events.RPCSubject(platform, entity, verb), Data: body})
	if err != nil {
		return fmt.Errorf("ask %s.%s: %w", entity, verb, err)
	}
	if code := m.Header.Get(micro.ErrorHeader); code != "" {
		return refusal(entity+"."+verb, code, m.Data)
	}
	if err := json.Unmarshal(m.Data, answer); err != nil {
		return fmt.Errorf("ask %s.%s: decode answer: %w", entity, verb, err)
	}
	return nil
}

func refusal(name, code string, body []byte) error {
	if code == Unavailable {
		return fmt.Errorf("ask %s: the worker asked could not answer", name)
	}
	var d details
	if len(body) > 0 {
		if err := json.Unmarshal(body, &d); err != nil {
			return fmt.Errorf("ask %s: decode refusal %s: %w", name, code, err)
		}
	}
	return &events.Rejection{Code: events.Code(code), Field: d.Field, Message: d.Message, RetryAt: d.RetryAt}
}
