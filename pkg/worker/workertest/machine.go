package workertest

import "github.com/nats-io/nats.go"

// A Machine is what one replica runs on, apart from its neighbours.
type Machine struct {
	Clock *Clock        // nil: the house's, by which all time passes
	Wire  []nats.Option // of its connection to the bus
}

// WakeOn starts a replica of a worker on a machine of its own and returns when it hears.
func (h *House) WakeOn(name string, m Machine) *Replica {
	h.t.Helper()
	r := h.launch(name, m)
	r.awaitReady()
	return r
}

// Break makes calls of the store go wrong for this replica alone.
func (r *Replica) Break(f Faults) { r.store.Break(f) }
