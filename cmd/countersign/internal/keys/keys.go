// Package keys is what operators do to users' keys: wrap them anew after a change of the keeper or of an epoch key, and delete once more
// what a backup has brought back.
//
// Everything here can be stopped at any time and begun again, while the workers run.
package keys

import (
	"context"
	"errors"
	"fmt"
	"io"

	"countersign/pkg/events"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
	"countersign/services/enroll"
)

// Rewrap is one run of `keys rewrap`.
type Rewrap struct {
	Out      io.Writer
	Store    keyring.Store
	Keyring  keyring.Config // of the writer, with Store left out
	NewEpoch bool           // make a new epoch key first
}

var errNoKeys = errors.New("there are no epoch keys in this database: is it the one that enroll uses?")

// Run has the keepers wrap the epoch keys, and the newest epoch keys wrap the users' keys.
func (r Rewrap) Run(ctx context.Context) error {
	if err := r.checkStore(ctx); err != nil {
		return err
	}
	r.Keyring.Store, r.Keyring.Writer = r.Store, true
	rings, err := keyring.Open(ctx, r.Keyring)
	if err != nil {
		return err
	}
	for _, p := range []keyring.Purpose{keyring.Seed, keyring.Delivery} {
		if err := r.purpose(ctx, rings, p); err != nil {
			return err
		}
	}
	return nil
}

// checkStore: a writer makes the first epoch keys where there are none, which would hide that this is another database.
func (r Rewrap) checkStore(ctx context.Context) error {
	for _, p := range []keyring.Purpose{keyring.Seed, keyring.Delivery} {
		rows, err := r.Store.Epochs(ctx, p)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return errNoKeys
		}
	}
	return nil
}

func (r Rewrap) purpose(ctx context.Context, rings *keyring.Rings, p keyring.Purpose) error {
	n, err := rings.RewrapEpochs(ctx, p)
	if err != nil {
		return err
	}
	fmt.Fprintf(r.Out, "%s: %d epoch keys are wrapped by the keeper as it is now\n", p, n)
	if r.NewEpoch {
		number, err := rings.NewEpoch(ctx, p)
		if err != nil {
			return err
		}
		fmt.Fprintf(r.Out, "%s: epoch key %d is new; enroll takes it up within a minute: run this once more then\n", p, number)
	}
	return rings.Rewrap(ctx, p, r.tell)
}

func (r Rewrap) tell(p keyring.Progress) {
	fmt.Fprintf(r.Out, "%s: %d of %d users' keys are under the newest epoch key", p.Purpose, p.Done, p.Total)
	if p.Gone > 0 {
		fmt.Fprintf(r.Out, ", %d were removed meanwhile", p.Gone)
	}
	if p.Failed > 0 {
		fmt.Fprintf(r.Out, ", %d do not open", p.Failed)
	}
	fmt.Fprintln(r.Out)
}

// Reapply is one run of `erasures reapply`.
func Reapply(ctx context.Context, out io.Writer, commits eventstore.Reader, store keyring.Store, r *events.Registry) error {
	done, err := enroll.Reapply{
		Commits: commits, Keys: store, Registry: r,
		Told: func(d enroll.Reapplied) { fmt.Fprintf(out, "%d keys looked at\n", d.Seen) },
	}.Run(ctx)
	fmt.Fprintf(out, "%d keys of users who were erased had come back and are deleted\n", done.Deleted)
	return err
}
