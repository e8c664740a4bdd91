package workertest

import (
	"countersign/pkg/events/catalog"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/bus/embedded"
	"countersign/pkg/worker/policy"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	operator = "operator"
	eye      = "_witness" // may do everything: it is the test's own
	password = "p"
)

// users are production's: each worker and platform has its rights and no more.
func (h *House) users(policies []policy.Policy) []embedded.User {
	k := bus.Contract{Registry: h.registry, RPCs: catalog.RPCs()}
	all := []embedded.User{{Name: eye, Password: password}}
	add := func(name string, may bus.Permissions, err error) {
		if err != nil {
			h.t.Fatal(err)
		}
		all = append(all, embedded.User{Name: name, Password: password, Permissions: &may})
	}
	add(operator, bus.OperatorPermissions(), nil)
	add("_"+bus.Repair, bus.RepairPermissions(h.durables()), nil)
	for _, w := range h.workers {
		may, err := bus.WorkerPermissions(k, w.Name, w.Hears)
		add(w.Name, may, err)
	}
	for _, p := range policies {
		may, err := bus.PlatformPermissions(k, p.Platform, k.Roles()...)
		add(p.Platform, may, err)
	}
	return all
}

func (h *House) ensure(policies []policy.Policy) {
	h.t.Helper()
	var all []bus.Consumer
	for _, p := range policies {
		all = append(all, bus.PlatformConsumer(p.Platform))
	}
	all = append(all, h.durables()...)
	if _, err := bus.Ensure(h.t.Context(), h.admin(), bus.StreamOptions{Registry: h.registry}, all); err != nil {
		h.t.Fatal(err)
	}
}

// durables are those of the workers.
func (h *House) durables() []bus.Consumer {
	var all []bus.Consumer
	for _, w := range h.workers {
		of, err := bus.Consumers(h.registry, w.Name, w.Hears, bus.Scale{})
		if err != nil {
			h.t.Fatal(err)
		}
		all = append(all, of...)
	}
	return all
}

func (h *House) admin() jetstream.JetStream {
	js, err := jetstream.New(h.operator.Conn)
	if err != nil {
		h.t.Fatal(err)
	}
	return js
}
