package dev

import (
	"context"
	"fmt"

	"countersign/examples/platform"
	"countersign/pkg/events/client"
	"github.com/nats-io/nats.go"
)

// startDemo makes the demo platform. It is a platform like any other: it has acme's rights, and seals what it sends.
func startDemo(c Config, h *house, closers *stack) (*platform.Platform, error) {
	conn, err := client.Connect(h.server.ClientURL(), Platform, nats.InProcessServer(h.server), nats.UserInfo(Platform, Platform))
	if err != nil {
		return nil, fmt.Errorf("start demo: %w", err)
	}
	closers.add(func(context.Context) error { conn.Close(); return nil })
	one, err := client.New(client.Config{Conn: conn, Platform: Platform, Source: "/demo", Seal: true})
	if err != nil {
		return nil, fmt.Errorf("start demo: %w", err)
	}
	demo, err := platform.New(platform.Config{Logins: one, Settings: one, Inbox: "/inbox", Log: c.Log})
	if err != nil {
		return nil, fmt.Errorf("start demo: %w", err)
	}
	return demo, nil
}
