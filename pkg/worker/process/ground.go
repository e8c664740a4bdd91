package process

import (
	"context"
	"errors"
	"fmt"

	"countersign/pkg/events/catalog"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/bus/fromenv"
	"countersign/pkg/worker/eventstore/mongostore"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/keyring/mongokeys"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/runtime"
	"countersign/pkg/worker/trace/otlp"
)

var registry = catalog.New()

// A ground is what has been opened for the worker.
type ground struct {
	traces   *otlp.Sender // nil where nothing is traced
	policies *worker.Policies
	keepers  Keepers
	conn     *bus.Conn
	durables durables
	store    *mongostore.Store
	rings    *keyring.Rings
	keys     *keyring.KeySet
	pages    *runtime.Pages // nil for a worker without any
}

// openTraces is first, so that it is closed last: what ends may be traced.
func (h *house) openTraces(context.Context) (err error) {
	h.traces, err = otlp.Open(h.Settings.Traces, otlp.Config{Worker: h.Worker.Name, Logger: h.log, Metrics: h.metrics})
	if h.traces != nil {
		h.add(runtime.Part{Name: "traces", Flush: h.traces.Flush, Close: h.traces.Close})
	}
	return err
}

func (h *house) readPolicy(context.Context) error {
	set, err := policy.Load(h.Settings.Policy)
	if err != nil {
		return fmt.Errorf("read COUNTERSIGN_POLICY_FILE: %w", err)
	}
	h.policies = worker.NewPolicies(set, h.log)
	return h.checkPolicies()
}

func (h *house) checkPolicies() (err error) {
	for _, p := range h.policies.All() {
		if h.CheckPolicy != nil {
			err = errors.Join(err, h.CheckPolicy(p))
		}
	}
	return err
}

func (h *house) openKeepers(ctx context.Context) (err error) {
	h.keepers, err = OpenKeepers(ctx, h.Settings.Keys, h.SeedKeeper)
	h.add(runtime.Part{Name: "keepers", Close: func(context.Context) error { return h.keepers.Close() }})
	return err
}

func (h *house) connect(context.Context) error {
	conn, err := fromenv.Connect(h.Settings.Bus, h.Worker.Name, h.log)
	if err != nil {
		return err
	}
	h.conn = conn
	h.add(runtime.Part{Name: "bus", Close: func(context.Context) error { conn.Close(); return nil }})
	h.admin.Check("bus", connected(conn))
	return nil
}

func (h *house) findDurables(ctx context.Context) error {
	consumers, err := bus.Consumers(registry, h.Worker.Name, h.Worker.Hears, bus.Scale{})
	if err != nil {
		return err
	}
	if h.durables, err = newDurables(h.conn, consumers); err != nil {
		return err
	}
	h.admin.Check("durables", h.durables.check)
	return h.durables.check(ctx)
}

func (h *house) openStore(ctx context.Context) error {
	store, err := mongostore.Open(ctx, mongostore.Config{
		URI: h.Settings.Store.URI.Reveal(), Database: h.Settings.Store.Database, Kinds: h.Worker.Kinds,
	})
	if err != nil {
		return StoreError("COUNTERSIGN_MONGODB_URI", err)
	}
	h.store = store
	h.add(runtime.Part{Name: "store", Close: func(context.Context) error { return store.Close() }})
	h.admin.Check("store", store.Ping)
	return nil
}

func (h *house) openRings(ctx context.Context) error {
	store, err := mongokeys.Open(ctx, mongokeys.Config{
		URI: h.Settings.Keys.URI.Reveal(), Database: h.Settings.Keys.Database, ReadOnly: !h.Writer,
	})
	if err != nil {
		return StoreError("COUNTERSIGN_KEYRING_MONGODB_URI", err)
	}
	h.add(runtime.Part{Name: "key store", Close: func(context.Context) error { return store.Close() }})
	h.admin.Check("keys", store.Ping)
	h.rings, err = keyring.Open(ctx, keyring.Config{Store: store, Keepers: h.keepers.Now, Older: h.keepers.Before, Writer: h.Writer})
	return err
}

func (h *house) openKeys(ctx context.Context) (err error) {
	if !h.Sealed {
		return nil
	}
	if h.keys, err = keyring.OpenKeySet(ctx, keyring.KeySetConfig{Rings: h.rings, Logger: h.log}); err != nil {
		return err
	}
	h.add(runtime.Part{Name: "key pairs", Run: h.keys.Run})
	return nil
}

func (h *house) followPolicy(ctx context.Context) error {
	h.add(runtime.Part{Name: "policy", Run: func(ctx context.Context) error { return h.policies.Follow(ctx, h.store) }})
	return h.policies.Keep(ctx, h.store)
}

// listen comes before the first message: an address that is taken is told before anything has happened.
func (h *house) listen(ctx context.Context) (err error) {
	if h.Pages == "" {
		return nil
	}
	if h.pages, err = runtime.ListenForPages(runtime.PagesConfig{Listen: h.Pages, Logger: h.log}); err != nil {
		return err
	}
	h.log.InfoContext(ctx, "listening for pages", "pages", h.pages.Addr())
	h.add(runtime.Part{Name: "pages' address", Close: func(context.Context) error { return h.pages.Close() }})
	return nil
}
