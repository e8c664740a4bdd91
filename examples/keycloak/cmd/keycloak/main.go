// Command keycloak makes a realm of Keycloak a platform of Countersign. Its settings come from the environment; README.md tells them.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"countersign/examples/keycloak"
	"countersign/pkg/events/client"
	"github.com/nats-io/nats.go"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	s, err := keycloak.Load(os.Environ())
	if err != nil {
		return err
	}
	conn, err := client.Connect(s.Bus, s.Platform, options(s)...)
	if err != nil {
		return err
	}
	defer conn.Close()
	c, err := client.New(client.Config{Conn: conn, Platform: s.Platform, Source: "/" + s.Platform + "/keycloak", Timeout: 5 * time.Second})
	if err != nil {
		return err
	}
	admin := keycloak.NewAdmin(s.Admin)
	defer admin.Close()
	adapter, err := keycloak.New(keycloak.Config{Logins: c, Sessions: admin, Realm: s.RealmID, Webhook: s.Webhook, Asking: s.Asking})
	if err != nil {
		return err
	}
	return serve(ctx, s.Listen, adapter, c)
}

func options(s keycloak.Settings) (all []nats.Option) {
	if s.User != "" {
		all = append(all, nats.UserInfo(s.User, s.Password.Reveal()))
	}
	if s.CA != "" {
		all = append(all, nats.RootCAs(s.CA))
	}
	return all
}

// serve ends when ctx does, or when either half of the adapter cannot go on.
func serve(ctx context.Context, address string, adapter *keycloak.Adapter, c *client.Client) error {
	server := &http.Server{
		Handler: adapter, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute,
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 2)
	go func() { ended <- server.Serve(listener) }()
	go func() { ended <- c.Listen(ctx, adapter.Record) }()
	slog.Info("taking webhooks", "address", "http://"+listener.Addr().String()+keycloak.WebhookPath)
	select {
	case err = <-ended:
	case <-ctx.Done():
	}
	stopping, done := context.WithTimeout(context.Background(), 25*time.Second)
	defer done()
	shut := server.Shutdown(stopping)
	cancel()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return errors.Join(err, shut)
}
