package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"countersign/cmd/countersign/internal/commits"
	"countersign/cmd/countersign/internal/dev"
	"countersign/pkg/worker/eventstore/mongostore"
	"countersign/pkg/worker/eventstore/sqlitestore"
	"countersign/pkg/worker/process"
	"countersign/pkg/worker/replay"
	"countersign/pkg/worker/runtime"
)

func commitsCommand(p runtime.Process) *cobra.Command {
	var settings strings.Builder
	_ = runtime.WriteSettings[process.Store](&settings)
	check := &cobra.Command{
		Use: "check", Short: "Fold every stream anew from its events, and say where something else is kept", Args: cobra.NoArgs,
		Long: "Reads every stream from its first commit on: no version may be missing, every event must be readable, every state that is kept must\n" +
			"be what the events fold to, and every policy that a commit names must be kept. It changes nothing, needs no keys and can run while\n" +
			"the workers do; whatever does not hold is told on a line of its own and ends it with code 1. Run it after a restore, and before a release\n" +
			"that folds streams anew.\n\n" +
			"A stream that lacks a version is decided on by nobody: restore it from a backup. Where a state differs, somebody has changed it or the\n" +
			"events: find out who before the workers go on.\n\n" +
			"It works with the workers' settings, or on the folder of `countersign dev`, and reads every collection of commits:\n\n" + settings.String(),
	}
	folder := check.Flags().String("data", "", "check this `folder` of countersign dev instead")
	check.RunE = func(command *cobra.Command, _ []string) (err error) {
		store, err := openCommits(command.Context(), p, *folder)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, store.Close()) }()
		return commits.Check(command.Context(), p.Stdout, store)
	}
	all := &cobra.Command{Use: "commits", Short: "Look after what the workers have decided"}
	all.AddCommand(check)
	return all
}

// A commitStore is one that was opened to be read.
type commitStore interface {
	replay.Store
	Close() error
}

func openCommits(ctx context.Context, p runtime.Process, folder string) (commitStore, error) {
	if folder == "" {
		s, err := runtime.Load[process.Store](p.Environ)
		if err != nil {
			return nil, err
		}
		store, err := mongostore.Open(ctx, mongostore.Config{URI: s.URI.Reveal(), Database: s.Database})
		if err != nil {
			return nil, process.StoreError("COUNTERSIGN_MONGODB_URI", err)
		}
		return store, nil
	}
	path := dev.StoreIn(folder)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) { // opened, it would be made
		return nil, fmt.Errorf("open %s: there is none: does --data name the folder of `countersign dev`?", path)
	}
	return sqlitestore.Open(ctx, sqlitestore.Config{Path: path})
}
