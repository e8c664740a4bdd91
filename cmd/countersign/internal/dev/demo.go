package dev

import (
	"context"
	"errors"
	"fmt"

	"countersign/examples/platform"
	"countersign/pkg/events/client"
	"github.com/nats-io/nats.go"
)

// startDemo makes the demo platform. It is a platform like any other: one credential for each role that it needs, and it seals what it
// sends.
func startDemo(c Config, h *house, closers *stack) (*platform.Platform, error) {
	logins, badLogins := h.client("login", closers)
	settings, badSettings := h.client("settings", closers)
	support, badSupport := h.client("support", closers)
	approver, badApprover := h.client("approver", closers)
	if err := errors.Join(badLogins, badSettings, badSupport, badApprover); err != nil {
		return nil, fmt.Errorf("start demo: %w", err)
	}
	demo, err := platform.New(platform.Config{
		Logins: logins, Settings: settings, Support: support, Approver: approver, Inbox: "/inbox", Log: c.Log,
	})
	if err != nil {
		return nil, fmt.Errorf("start demo: %w", err)
	}
	return demo, nil
}

// client speaks for the platform in one role.
func (h *house) client(role string, closers *stack) (*client.Client, error) {
	conn, err := client.Connect(h.server.ClientURL(), Platform, nats.InProcessServer(h.server), nats.UserInfo(Platform+"."+role, Platform))
	if err != nil {
		return nil, err
	}
	closers.add(func(context.Context) error { conn.Close(); return nil })
	return client.New(client.Config{Conn: conn, Platform: Platform, Source: "/demo", Seal: true})
}
