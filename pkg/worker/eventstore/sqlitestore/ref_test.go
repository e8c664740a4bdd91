package sqlitestore

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"countersign/pkg/worker/eventstore"
)

func TestADigestOfTwoLeadsNobodyToTheOthersCommit(t *testing.T) {
	s, _ := openFile(t)
	ann, bob := victim("ann", 1), victim("bob", 1)
	bob.Cause.ID = "another"
	must(t, s.Append(t.Context(), ann))
	_, err := s.writer.Exec(`UPDATE refs SET stream = ? WHERE stream = ?`, StreamKey(bob.Stream), StreamKey(ann.Stream))
	must(t, err)
	_, head := s.Head(t.Context(), bob.Stream)
	replay := replayed(t, s, bob.Stream)
	_, byCause := s.ByCause(t.Context(), bob.Stream, ann.Cause)
	_, err = s.writer.Exec(`UPDATE refs SET stream = ?, key = CASE typeof(key) WHEN 'blob' THEN ? ELSE key END`, StreamKey(ann.Stream), CauseKey(bob.Cause))
	must(t, err)
	_, byOther := s.ByCause(t.Context(), ann.Stream, bob.Cause)
	for name, err := range map[string]error{"Head": head, "Replay": replay, "ByCause": byCause, "ByCause of another cause": byOther} {
		if err == nil || !strings.Contains(err.Error(), "both have one digest") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARefThatLeadsNowhereIsAnError(t *testing.T) {
	s, _ := openFile(t)
	must(t, s.Append(t.Context(), victim("ann", 1)))
	must(t, s.Append(t.Context(), victim("ann", 2)))
	_, err := s.writer.Exec(`DELETE FROM commits WHERE version = 2`)
	must(t, err)
	if head, err := s.Head(t.Context(), victimStream("ann")); err == nil {
		t.Errorf("the head is %+v", head)
	}
	if replayed(t, s, victimStream("ann")) == nil {
		t.Error("it is replayed")
	}
}

func replayed(t *testing.T, s *Store, of eventstore.Stream) error {
	for _, err := range s.Replay(t.Context(), of, 1) {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestWhatIsRefusedLeavesNothing(t *testing.T) {
	both, seen, taken := victim("ann", 1), victim("ann", 3), victim("ann", 2)
	seen.Cause = victim("ann", 2).Cause
	taken.Cause.ID = "another"
	s, _ := openFile(t)
	must(t, errors.Join(s.insertBatch(t.Context(), []eventstore.Commit{victim("ann", 1), victim("ann", 2)})...))
	before := refsOf(t, s)
	got := s.insertBatch(t.Context(), []eventstore.Commit{both, seen, victim("bob", 1), taken})
	for i, want := range []error{eventstore.ErrConflict, eventstore.ErrCauseSeen, nil, eventstore.ErrConflict} {
		if !errors.Is(got[i], want) {
			t.Errorf("commit %d is answered by %v, want %v", i, got[i], want)
		}
	}
	_, err := s.writer.Exec(`DELETE FROM refs WHERE stream = ?`, StreamKey(victimStream("bob")))
	must(t, err)
	if after := refsOf(t, s); after != before {
		t.Errorf("refs are\n%s\nthey were\n%s", after, before)
	}
	must(t, s.Append(t.Context(), taken3()))
}

// taken3 has the version and the cause of commits that were refused.
func taken3() eventstore.Commit {
	c := victim("ann", 3)
	c.Cause.ID = "another"
	return c
}

func refsOf(t *testing.T, s *Store) (text string) {
	t.Helper()
	rows, err := s.reader.Query(`SELECT hex(stream), hex(key), id FROM refs ORDER BY stream, key`)
	must(t, err)
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var stream, key string
		var id int64
		must(t, rows.Scan(&stream, &key, &id))
		text += fmt.Sprintln(stream, key, id)
	}
	return text
}
