package processes_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"countersign/pkg/events/client"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker/trust/trusttest"
	"github.com/nats-io/nats.go"
)

// The other form of `countersign nats-config`: each platform has an account of its own, everybody a credential. The store is reached over
// TLS, which a proxy ends.
func TestEverybodyWorksWithAccountsAndOverTLSToTheStore(t *testing.T) {
	t.Parallel()
	ctx := within(t, 2*patient)
	b := accountsBus(ctx, t)
	database := shared.database + "_accounts"
	t.Cleanup(func() { must(t, dropDatabases(context.WithoutCancel(ctx), shared.mongo, database, database+"_keys")) })
	authority := trusttest.NewAuthority(t)
	store := trusttest.WithTLS(trusttest.Proxy(t, shared.mongo, authority.Issue(t, trusttest.Certificate{})), authority.File)
	for _, name := range workers { // enroll first
		env := with(shared.environment(name, b), "COUNTERSIGN_MONGODB_URI="+store, "COUNTERSIGN_KEYRING_MONGODB_URI="+store,
			"COUNTERSIGN_MONGODB_DATABASE="+database, "COUNTERSIGN_KEYRING_MONGODB_DATABASE="+database+"_keys")
		w, err := shared.startWith(ctx, name, env)
		must(t, err)
		t.Cleanup(func() { must(t, w.Stop(context.WithoutCancel(ctx))) })
	}

	settings, login := b.client(t, "settings"), b.client(t, "login")
	user := signsIn(ctx, t, settings, login)
	if end, err := login.LoginStatus(ctx, user, "l-1"); err != nil || !end.Passed(time.Now()) {
		t.Errorf("asked, it says %+v, %v", end, err)
	}
	recorded(ctx, t, login)
}

// recorded waits until the platform's records tell of the login.
func recorded(ctx context.Context, t *testing.T, c *client.Client) {
	t.Helper()
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	passed := false
	err := c.Listen(ctx, func(_ context.Context, r client.Record) error {
		if _, ok := r.Event.(*guard.AttemptAccepted); ok {
			passed = true
			enough()
		}
		return nil
	})
	if err != nil || !passed {
		t.Errorf("the records do not tell of it: %v", err)
	}
}

// accountsBus starts a bus with accounts and makes its streams.
func accountsBus(ctx context.Context, t *testing.T) *bus {
	t.Helper()
	keys := filepath.Join(t.TempDir(), "keys")
	config, err := shared.countersign(ctx, nil, "nats-config", "--listen", "127.0.0.1:-1", "--store-dir", storeDir,
		"--tls-cert", shared.cert, "--tls-key", shared.key, "--jwt", keys, "--make-keys")
	must(t, err)
	b, err := startBusAs(ctx, shared, "bus-with-accounts", config)
	must(t, err)
	b.keys = keys
	t.Cleanup(func() { _ = b.Kill() })
	must(t, b.apply(ctx))
	return b
}

// client is acme's, in a role.
func (b *bus) client(t *testing.T, role string) *client.Client {
	t.Helper()
	conn, err := client.Connect(b.url, "acme", nats.UserCredentials(b.credentials("acme."+role)), nats.RootCAs(b.site.authority.file))
	must(t, err)
	t.Cleanup(conn.Close)
	c, err := client.New(client.Config{Conn: conn, Platform: "acme", Timeout: patient})
	must(t, err)
	return c
}
