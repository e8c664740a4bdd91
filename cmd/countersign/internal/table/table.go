// Package table is what an operator's commands know of the house: who hears what, and the contract from which durables and
// permissions follow.
package table

import (
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/notification"
	recoveries "countersign/pkg/events/recovery"
	"countersign/pkg/worker/bus"
	"countersign/services/enroll"
	"countersign/services/notifier"
	"countersign/services/recovery"
	"countersign/services/verify"
)

// Contract is every event and every question.
func Contract() bus.Contract {
	return bus.Contract{Registry: catalog.New(), RPCs: catalog.RPCs()}
}

// A Worker is what the bus must know of one.
type Worker struct {
	Name  string
	Hears []string // wire names
}

// Workers are all four.
func Workers() []Worker {
	e, v := enroll.Worker(), verify.Worker()
	return []Worker{{e.Name, e.Hears}, {v.Name, v.Hears}, {notification.Worker, notifier.Hears()}, {recoveries.Worker, recovery.Hears()}}
}

// Heard are the durables of each worker.
func Heard() (map[string][]bus.Consumer, error) {
	heard := map[string][]bus.Consumer{}
	for _, w := range Workers() {
		consumers, err := bus.Consumers(Contract().Registry, w.Name, w.Hears, bus.Scale{})
		if err != nil {
			return nil, err
		}
		heard[w.Name] = consumers
	}
	return heard, nil
}
