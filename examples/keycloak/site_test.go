package keycloak_test

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"countersign/e2e/process"
	"countersign/examples/keycloak"
	"countersign/pkg/events"
	"countersign/pkg/events/client"
)

const (
	patience = 30 * time.Second
	realm    = "7d0ff24b-3a8b-4b19-8f0d-6e0b6a5b2f10" // its id; its name is acme
	secret   = "a secret that the listener signs with"
	token    = "a token of the applications"
)

// What all tests share: the bus and the workers of a built `countersign dev`, Keycloak's stand-in, and the adapter between them.
var (
	house   *process.Process
	stand   = newStandIn()
	told    *client.Client // of acme; the adapter's
	adapter *httptest.Server
)

// policy lets codes come in clear and names no steps of a recovery: nobody loses a device here.
const policy = "platforms:\n  acme:\n    factors: [totp]\n    require_sealed: false\n"

func TestMain(m *testing.M) { process.Main(m, begin) }

func begin(ctx context.Context, dir string) (func(int) error, error) {
	binary, err := process.Build(ctx, "../../cmd/countersign", dir, false)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(data, "policy.yaml"), []byte(policy), 0o600); err != nil {
		return nil, err
	}
	if house, err = process.Start(ctx, process.Config{Binary: binary, Data: data}); err != nil {
		return nil, err
	}
	return adapt(ctx)
}

// adapt runs the adapter as its command does.
func adapt(ctx context.Context) (func(int) error, error) {
	conn, err := client.Connect(house.Bus, "acme")
	if err != nil {
		return nil, err
	}
	if told, err = client.New(client.Config{Conn: conn, Platform: "acme", Source: "/acme/keycloak", Timeout: patience / 2}); err != nil {
		return nil, err
	}
	keycloakServer := httptest.NewServer(stand)
	admin := keycloak.NewAdmin(adminOf(keycloakServer.URL))
	a, err := keycloak.New(keycloak.Config{
		Logins: told, Sessions: admin, Realm: realm,
		Webhook: keycloak.Credential{Secret: events.NewSecret(secret)}, Asking: keycloak.Credential{Token: events.NewSecret(token)},
	})
	if err != nil {
		return nil, err
	}
	adapter = httptest.NewServer(a)
	ctx, cancel := context.WithCancel(ctx)
	listening := make(chan error, 1)
	go func() { listening <- told.Listen(ctx, a.Record) }()
	return func(int) error {
		cancel()
		err := <-listening
		adapter.Close()
		admin.Close()
		keycloakServer.Close()
		conn.Close()
		if err != nil {
			return err
		}
		return house.Kill()
	}, nil
}

func adminOf(url string) keycloak.AdminConfig {
	return keycloak.AdminConfig{URL: url, Realm: "acme", ClientID: "countersign", Secret: events.NewSecret(clientSecret)}
}
