// Package recovery is the worker for the lost device. Its flow is not open yet: everything that asks for it is answered not_allowed, so
// that nobody waits.
package recovery

import (
	"context"

	"countersign/pkg/events"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/decider"
)

// Worker is recovery, for worker.Start.
func Worker() worker.Worker {
	return worker.Worker{
		Name: "recovery", Kinds: []string{worker.RecoveryKind},
		Hears: heard,
		Table: func(k worker.Kit) worker.Table { return table(k.Outbox) },
	}
}

var heard = []string{
	recovery.RequestedType, recovery.SupportRequestedType, recovery.ApprovalGivenType,
	recovery.DenialGivenType, recovery.CancellationRequestedType,
}

func table(o *decider.Outbox) worker.Table {
	var t worker.Table
	for _, name := range heard {
		t.Routes = append(t.Routes, decider.Route{Type: name, Handle: func(ctx context.Context, r decider.Request) error {
			return o.Reject(ctx, r, notOpen())
		}})
	}
	for _, verb := range []string{"status", "list"} {
		t.Endpoints = append(t.Endpoints, bus.Endpoint{Entity: "recovery", Verb: verb, Answer: closed})
	}
	return t
}

func closed(context.Context, string, []byte) (any, error) { return nil, notOpen() }

func notOpen() *events.Rejection {
	return &events.Rejection{Code: events.NotAllowed, Message: "recovery is not offered by this release"}
}
