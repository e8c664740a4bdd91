package enroll

import (
	"context"
	"fmt"
	"slices"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
)

// Reapply is what is needed to delete once more what a backup of the keyrings has brought back.
type Reapply struct {
	Commits  eventstore.Reader
	Keys     keyring.Store
	Registry *events.Registry
	Told     func(Reapplied) // hears of each batch
}

// Reapplied is how far it has come.
type Reapplied struct {
	Seen    int // keys
	Deleted int // of keyrings that users' streams say were deleted
}

const (
	reapplyBatch = 500
	everyEpoch   = 1<<31 - 1
)

// Run looks at every key there is. It can be stopped at any time and begun again, and workers may run meanwhile: a keyring id that was
// deleted never comes back by itself.
func (a Reapply) Run(ctx context.Context) (done Reapplied, err error) {
	fold := worker.Kit{Registry: a.Registry}.Enrollments()
	for _, p := range []keyring.Purpose{keyring.Delivery, keyring.Seed} { // the seed key says which keyring a user has: it goes last
		after := keyring.WrappedKey{}
		for more := true; more; {
			rows, err := a.Keys.KeysUnder(ctx, p, everyEpoch, after, reapplyBatch)
			if err != nil {
				return done, fmt.Errorf("reapply erasures: %w", err)
			}
			for _, row := range rows {
				if err := a.one(ctx, fold, p, row, &done); err != nil {
					return done, fmt.Errorf("reapply erasures to %s/%s: %w", row.Platform, row.UserKey, err)
				}
				after = row
			}
			a.Told(done)
			more = len(rows) == reapplyBatch
		}
	}
	return done, nil
}

func (a Reapply) one(ctx context.Context, fold eventstore.Fold[enrollment.State], p keyring.Purpose, row keyring.WrappedKey, done *Reapplied) error {
	done.Seen++
	stream := eventstore.Stream{Platform: row.Platform, Kind: worker.EnrollmentKind, UserKey: row.UserKey}
	l, err := eventstore.Load(ctx, a.Commits, stream, fold)
	if err != nil || !slices.Contains(l.State.ErasedRings, row.Ref.Keyring) {
		return err
	}
	done.Deleted++
	return a.Keys.RemoveKey(ctx, p, row)
}
