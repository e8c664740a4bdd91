package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"github.com/nats-io/nats.go"
)

const (
	headerErrorCode = "Nats-Service-Error"
	askAgain        = 200 * time.Millisecond // while no worker responds
)

// LoginStatus says where a login stands by the primary record: after a lost answer, or a restart.
func (c *Client) LoginStatus(ctx context.Context, user, loginID string) (Login, error) {
	var s guard.LoginStatus
	err := c.rpc(ctx, guard.LoginStatusEntity, guard.LoginStatusVerb, guard.LoginStatusRequest{User: user, LoginID: loginID}, &s)
	if err != nil {
		return Login{}, err
	}
	return Login{LoginStatus: s, passed: s.State == guard.Accepted || s.State == guard.Waived}, nil
}

// UserStatus says how a user stands: factors, requirement, waits.
func (c *Client) UserStatus(ctx context.Context, user string) (guard.UserStatus, error) {
	var s guard.UserStatus
	return s, c.rpc(ctx, guard.UserStatusEntity, guard.UserStatusVerb, guard.UserStatusRequest{User: user}, &s)
}

// Provisioning brings the secret of a pending enrollment: show it to the user, keep it nowhere.
func (c *Client) Provisioning(ctx context.Context, r enrollment.ProvisioningRequest) (enrollment.Provisioning, error) {
	var p enrollment.Provisioning
	return p, c.rpc(ctx, "enrollment", "provisioning", r, &p)
}

// rpc asks a worker. Where none responds, it asks again until the time is up.
func (c *Client) rpc(ctx context.Context, entity, verb string, request, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, c.conf.Timeout)
	defer cancel()
	subject := events.RPCSubject(c.conf.Platform, entity, verb)
	body, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("ask %s: %w", subject, err)
	}
	heeding, leave := c.heed(ctx, subject)
	defer leave()
	m, err := c.request(heeding, subject, body)
	if err != nil {
		return fmt.Errorf("ask %s: %w", subject, because(heeding, err))
	}
	if code := m.Header.Get(headerErrorCode); code != "" {
		return rejection(code, m.Data)
	}
	if err := json.Unmarshal(m.Data, answer); err != nil {
		return fmt.Errorf("read answer of %s: %w", subject, err)
	}
	return nil
}

func (c *Client) request(ctx context.Context, subject string, body []byte) (*nats.Msg, error) {
	for {
		m, err := c.try(ctx, subject, body)
		if err == nil || ctx.Err() == nil && !c.passing(err) {
			return m, err
		}
		select {
		case <-time.After(askAgain):
		case <-ctx.Done():
			return nil, errors.Join(ErrNoAnswer, err)
		}
	}
}

// try asks once. What the bus lost with its connection is never answered, so that one try does not take all the time.
func (c *Client) try(ctx context.Context, subject string, body []byte) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, c.conf.Timeout/4)
	defer cancel()
	m := &nats.Msg{Subject: subject, Data: body}
	if parent := c.parent(ctx); parent != "" {
		m.Header = nats.Header{"traceparent": {parent}}
	}
	return c.conf.Conn.RequestMsgWithContext(ctx, m)
}

func (c *Client) parent(ctx context.Context) string {
	if c.conf.TraceParent == nil {
		return ""
	}
	return c.conf.TraceParent(ctx)
}

// rejection reads an error reply: the header has the code, the body may say more.
func rejection(code string, body []byte) error {
	var more events.RequestRejected
	_ = json.Unmarshal(body, &more) // without it the code still says it
	return &events.Rejection{Code: events.Code(code), Field: more.Field, Message: more.Message, RetryAt: more.RetryAt}
}
