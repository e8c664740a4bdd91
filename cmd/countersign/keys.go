package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"countersign/cmd/countersign/internal/dev"
	"countersign/cmd/countersign/internal/keys"
	"countersign/pkg/events/catalog"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/eventstore/mongostore"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/keyring/mongokeys"
	"countersign/pkg/worker/keyring/sqlitekeys"
	"countersign/pkg/worker/process"
	"countersign/pkg/worker/runtime"
)

// keySettings are those of enroll that are about keys.
type keySettings struct {
	process.Keys
	process.SeedKeeper
}

func keysCommand(p runtime.Process) *cobra.Command {
	var settings strings.Builder
	_ = runtime.WriteSettings[keySettings](&settings)
	rewrap := &cobra.Command{
		Use: "rewrap", Short: "Wrap all keys anew while the workers run", Args: cobra.NoArgs,
		Long: "Has the keepers wrap the epoch keys anew, and the newest epoch keys those of the users. It can be stopped and begun again.\n\n" +
			"To change a keeper: give every worker the new URL and, as …_BEFORE_URL, the former one; run this; take the former one away.\n" +
			"To change the epoch keys: --new-epoch; a minute later once more without it. It works with enroll's settings:\n\n" + settings.String(),
	}
	newEpoch := rewrap.Flags().Bool("new-epoch", false, "make new epoch keys first")
	rewrap.RunE = func(command *cobra.Command, _ []string) (err error) {
		s, err := runtime.Load[keySettings](p.Environ)
		if err != nil {
			return err
		}
		keepers, err := process.OpenKeepers(command.Context(), s.Keys, s.SeedKeeper)
		defer func() { err = errors.Join(err, keepers.Close()) }()
		if err != nil {
			return err
		}
		return withKeys(command.Context(), s.Keys, func(store keyring.Store) error {
			return keys.Rewrap{
				Out: p.Stdout, Store: store, NewEpoch: *newEpoch, Keyring: keyring.Config{Keepers: keepers.Now, Older: keepers.Before},
			}.Run(command.Context())
		})
	}
	all := &cobra.Command{Use: "keys", Short: "Look after the keys from which users' secrets follow"}
	all.AddCommand(rewrap)
	return all
}

// erasureSettings are those of enroll that say where commits and keys are.
type erasureSettings struct {
	Store process.Store
	Keys  process.Keys
}

func erasuresCommand(p runtime.Process) *cobra.Command {
	reapply := &cobra.Command{
		Use: "reapply", Short: "Delete keys of erased users that a backup has brought back", Args: cobra.NoArgs,
		Long: "Looks at every key and deletes those of keyrings that the users' streams say were deleted. Run it after keys were restored from a\n" +
			"backup, before the workers start. Where commits were restored as well, ask the platforms to send the erasure requests of the time\n" +
			"since that backup again. It works with enroll's settings, or on the folder of `countersign dev`.",
	}
	folder := reapply.Flags().String("data", "", "look into this `folder` of countersign dev instead")
	reapply.RunE = func(command *cobra.Command, _ []string) error {
		do := func(commits eventstore.Reader, store keyring.Store) error {
			return keys.Reapply(command.Context(), p.Stdout, commits, store, catalog.New())
		}
		if *folder != "" {
			return inFolder(command.Context(), p, *folder, do)
		}
		return inDatabases(command.Context(), p, do)
	}
	all := &cobra.Command{Use: "erasures", Short: "Look after what was forgotten"}
	all.AddCommand(reapply)
	return all
}

func inDatabases(ctx context.Context, p runtime.Process, do func(eventstore.Reader, keyring.Store) error) (err error) {
	s, err := runtime.Load[erasureSettings](p.Environ)
	if err != nil {
		return err
	}
	commits, err := mongostore.Open(ctx, mongostore.Config{URI: s.Store.URI.Reveal(), Database: s.Store.Database})
	if err != nil {
		return process.StoreError("COUNTERSIGN_MONGODB_URI", err)
	}
	defer func() { err = errors.Join(err, commits.Close()) }()
	return withKeys(ctx, s.Keys, func(store keyring.Store) error { return do(commits, store) })
}

func inFolder(ctx context.Context, p runtime.Process, folder string, do func(eventstore.Reader, keyring.Store) error) (err error) {
	commits, err := openCommits(ctx, p, folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, commits.Close()) }()
	store, err := sqlitekeys.Open(ctx, sqlitekeys.Config{Path: dev.KeysIn(folder)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return do(commits, store)
}

func withKeys(ctx context.Context, s process.Keys, do func(keyring.Store) error) (err error) {
	store, err := mongokeys.Open(ctx, mongokeys.Config{URI: s.URI.Reveal(), Database: s.Database})
	if err != nil {
		return process.StoreError("COUNTERSIGN_KEYRING_MONGODB_URI", err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return do(store)
}
