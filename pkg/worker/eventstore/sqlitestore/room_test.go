package sqlitestore

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/pkg/worker/eventstore"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

func big(user string) eventstore.Commit {
	return eventstore.Commit{
		Stream: eventstore.Stream{Platform: "acme", Kind: "guard", UserKey: user}, Version: 1, User: "u", At: time.Unix(1, 0),
		State: json.RawMessage(`"` + strings.Repeat("x", 32<<10) + `"`), Cause: eventstore.Cause{Origin: "in", Platform: "acme", Source: "/web", ID: user},
	}
}

func TestAStoreThatTakesNoWritesKeepsNothingAndLosesNothing(t *testing.T) {
	for _, c := range []struct {
		name, refuse, allow string
		code                int
	}{
		{"there is no room", "PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1000000", sqlite3.SQLITE_FULL}, // not fewer than there are
		{"it is read-only", "PRAGMA query_only = ON", "PRAGMA query_only = OFF", sqlite3.SQLITE_READONLY},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := openFile(t)
			must(t, s.Append(t.Context(), big("before")))
			must(t, tell(s, c.refuse))
			refused := 0
			for i := range 3 {
				err := s.Append(t.Context(), big(fmt.Sprint("meanwhile-", i)))
				if why, ok := errors.AsType[*sqlite.Error](err); err != nil && (!ok || why.Code()&0xff != c.code) {
					t.Fatalf("got %v, want code %d", err, c.code)
				}
				if err == nil {
					continue
				}
				refused++
				if _, err := s.Head(t.Context(), big(fmt.Sprint("meanwhile-", i)).Stream); !errors.Is(err, eventstore.ErrNoStream) {
					t.Errorf("what was refused is kept: %v", err)
				}
			}
			if refused == 0 {
				t.Error("nothing was refused")
			}
			must(t, tell(s, c.allow))
			must(t, s.Append(t.Context(), big("meanwhile-2")))
			for _, user := range []string{"before", "meanwhile-2"} {
				_, err := s.Head(t.Context(), big(user).Stream)
				must(t, err)
			}
		})
	}
}

// tell changes the one connection that writes.
func tell(s *Store, pragma string) error {
	_, err := s.writer.Exec(pragma)
	return err
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
