package sqlitestore

import (
	"context"
	"database/sql"
)

// statements are those of every decision: SQLite takes longer to read such a text than to do what it says. They end with their
// connections.
type statements struct {
	selectID                  *sql.Stmt
	insertRefs, deleteRef     *sql.Stmt
	insertCommit, insertTimer *sql.Stmt
	insertState, dropState    *sql.Stmt
	insertMarks, markRun      *sql.Stmt
	dropTimer                 *sql.Stmt
	head, last, ofCause, idOf *sql.Stmt
}

func (s *Store) prepare(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	p := &s.prepared
	for _, one := range []struct {
		on   *sql.DB
		text string
		to   **sql.Stmt
	}{
		{s.writer, selectID, &p.selectID},
		{s.writer, insertRefs, &p.insertRefs},
		{s.writer, deleteRef, &p.deleteRef},
		{s.writer, insertCommit, &p.insertCommit},
		{s.writer, insertTimer, &p.insertTimer},
		{s.writer, insertState, &p.insertState},
		{s.writer, dropState, &p.dropState},
		{s.writer, insertMarks, &p.insertMarks},
		{s.writer, markRun, &p.markRun},
		{s.writer, dropTimer, &p.dropTimer},
		{s.reader, ofHead, &p.head},
		{s.reader, selectLast, &p.last},
		{s.reader, ofCause, &p.ofCause},
		{s.reader, selectIDOf, &p.idOf},
	} {
		var err error
		if *one.to, err = one.on.PrepareContext(ctx, one.text); err != nil {
			return err
		}
	}
	return nil
}
