// Package sqlitestore keeps commits in one SQLite file, for a single machine.
//
// All kinds share one table: where one process may open the file it may read it all, so that tables of their own would protect nothing,
// and the statements stay constants. What an acknowledged append survives is a crash of the process and of the machine (write-ahead log,
// synchronous FULL); what is dropped is overwritten (secure_delete). Several processes may open the same file: one writes at a time,
// the others wait up to ten seconds. It must not lie on a network file system.
//
// Commits lie in the order in which they were appended; what finds one by its version or its cause is a narrow table of digests, sorted by kind
// and stream (docs/adr/0093). Two streams of one digest are not found by anybody: 128 bits keep them from ever being there, and a read says so.
// A commit is written once: its state and its mark lie beside it (docs/adr/0095).
//
// The log is copied into the file beside the appends, about a twentieth of the time, and only the last bit of it in the turn of one (docs/adr/0094).
// It grows beyond some MiB where a reader holds on to what is in it, for as long as that reads.
//
// Open brings a file of schema version 1 to version 2 in one transaction. It copies every commit: count on two minutes for each million,
// in which no other process can write, and on four times the file's room meanwhile, twice for good. Interrupted, it leaves the file as it was; once done,
// the release before refuses the file.
package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/eventstore/group"
	"countersign/pkg/worker/gather"
)

// Config is what a Store is made of.
type Config struct {
	Path   string                    // of the file; it is made where there is none, readable by its owner alone; its folder must be there
	Before func([]eventstore.Commit) // sees every batch before it is written; nil for none
	Logger *slog.Logger              // told when the log cannot be copied, and grows; nil: nobody is
}

// A Store is an eventstore.Store in one file, and a Whole one.
type Store struct {
	writer *sql.DB // one connection: SQLite has one writer, and waiting here is fair where its own waiting is not
	reader *sql.DB
	group  *group.Group
	ends   *gather.Gather[eventstore.Stream, uint64] // last versions of streams

	log    *pacer // copies it into the file
	recent recent

	prepared statements
}

// callLimit bounds every call but Open, beside its caller's context.
const callLimit = 10 * time.Second

// Open opens the file, and makes it and its tables where they are missing, or brings them to this release's schema.
func Open(ctx context.Context, c Config) (*Store, error) {
	s, err := open(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("open event store %s: %w", c.Path, err)
	}
	return s, nil
}

func open(ctx context.Context, c Config) (*Store, error) {
	if err := create(c.Path); err != nil {
		return nil, err
	}
	s := &Store{}
	s.ends = gather.New(gather.Config[eventstore.Stream, uint64]{Read: s.readLast, Timeout: callLimit})
	s.group = group.New(group.Config{Insert: s.insertBatch, Timeout: callLimit, Before: c.Before})
	s.log = newPacer(tellingFirst(c.Logger, c.Path, s.copyLog))
	err := s.connect(ctx, c.Path)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close waits for appends in flight and closes the file.
func (s *Store) Close() error {
	s.group.Close()
	s.ends.Wait()
	s.log.end()
	var err error
	for _, db := range []*sql.DB{s.reader, s.writer} {
		if db != nil {
			err = errors.Join(err, db.Close())
		}
	}
	return err
}
