// Command platform runs the demo platform against any bus on which Countersign's workers listen:
//
//	platform --bus nats://127.0.0.1:4222 --http 127.0.0.1:8081 --inbox http://127.0.0.1:8080/inbox
//
// In production each role has a credential of its own: --login, --settings, --support and --approver name their files. The support desk has no
// sign-in of its own: it is there with --desk alone.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"countersign/examples/platform"
	"countersign/pkg/events/client"
	"github.com/nats-io/nats.go"
)

// conf is what the command line says.
type conf struct {
	bus, name, brand, http, inbox string
	login, settings               string // files of credentials; empty: none
	support, approver             string // likewise
	desk, https                   bool
}

func main() {
	var c conf
	flag.StringVar(&c.bus, "bus", nats.DefaultURL, "address of the bus")
	flag.StringVar(&c.name, "platform", "acme", "the platform's name on the bus")
	flag.StringVar(&c.brand, "brand", "Acme", "the platform's name for people")
	flag.StringVar(&c.http, "http", "127.0.0.1:8081", "address to serve the pages at")
	flag.StringVar(&c.inbox, "inbox", "", "where mails and texts can be read")
	flag.StringVar(&c.login, "login", "", "file with the NATS credentials of the role login")
	flag.StringVar(&c.settings, "settings", "", "file with the NATS credentials of the role settings")
	flag.StringVar(&c.support, "support", "", "file with the NATS credentials of the role support")
	flag.StringVar(&c.approver, "approver", "", "file with the NATS credentials of the role approver")
	flag.BoolVar(&c.desk, "desk", false, "serve the support desk, to everybody: for demonstrations alone")
	flag.BoolVar(&c.https, "https", false, "people reach it over HTTPS alone")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, c); err != nil {
		slog.Error("run platform", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, c conf) error {
	of := platform.Config{Brand: c.brand, Inbox: c.inbox, HTTPS: c.https}
	logins, badLogins := connect(c, c.login)
	settings, badSettings := connect(c, c.settings)
	if err := errors.Join(badLogins, badSettings); err != nil {
		return err
	}
	of.Logins, of.Settings = logins, settings
	if c.desk {
		support, badSupport := connect(c, c.support)
		approver, badApprover := connect(c, c.approver)
		if err := errors.Join(badSupport, badApprover); err != nil {
			return err
		}
		of.Support, of.Approver = support, approver
	}
	p, err := platform.New(of)
	if err != nil {
		return err
	}
	return serve(ctx, c.http, p)
}

// connect speaks in one role. The connection lasts as long as the process.
func connect(c conf, credentials string) (*client.Client, error) {
	var options []nats.Option
	if credentials != "" {
		options = append(options, nats.UserCredentials(credentials))
	}
	conn, err := client.Connect(c.bus, c.name, options...)
	if err != nil {
		return nil, err
	}
	return client.New(client.Config{Conn: conn, Platform: c.name, Timeout: 5 * time.Second, Seal: true})
}

func serve(ctx context.Context, address string, p *platform.Platform) error {
	server := &http.Server{
		Addr: address, Handler: p, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 40 * time.Second, IdleTimeout: time.Minute,
	}
	done := make(chan error, 1)
	go func() { done <- server.ListenAndServe() }()
	slog.Info("serving the demo platform", "address", "http://"+address)
	select {
	case err := <-done:
		return fmt.Errorf("serve %s: %w", address, err)
	case <-ctx.Done():
	}
	p.Close()
	stopping, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := server.Shutdown(stopping)
	if served := <-done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
