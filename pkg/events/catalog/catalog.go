// Package catalog puts the tables of all streams together: every event and every question of the contract.
package catalog

import (
	"slices"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
)

// New returns the registry of every type of the contract, stream by stream, request.rejected last.
func New() *events.Registry {
	r, err := events.NewRegistry(Types(), upcasters())
	if err != nil {
		panic("catalog: " + err.Error()) // the tables are constants: the package's test would have failed
	}
	return r
}

// Types returns all rows in the order of the documents.
func Types() []events.Type {
	return slices.Concat(guard.Types(), enrollment.Types(), notification.Types(), recovery.Types(), events.Types())
}

// upcasters is where a new version's upcaster gets its row.
func upcasters() []events.Upcaster { return nil }
