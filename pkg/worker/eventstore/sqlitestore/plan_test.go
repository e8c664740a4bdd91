package sqlitestore

import (
	"strings"
	"testing"
)

func TestTheWaitingAreFoundByTheKeyAlone(t *testing.T) {
	if plan := planOf(t, selectWaiting, "a", "b", 1); plan != "SEARCH due USING PRIMARY KEY (stream>? AND stream<?)" {
		t.Errorf("the plan is %s", plan)
	}
}

func TestAllOfAKindIsReadInTheOrderOfTheKey(t *testing.T) {
	if plan := planOf(t, ofKind, []byte("a"), 1, []byte("b"), page); plan != "SEARCH r USING PRIMARY KEY ((stream,key)>(?,?) AND stream<?); SEARCH c USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN" {
		t.Errorf("the plan is %s", plan)
	}
}

func planOf(t *testing.T, query string, args ...any) string {
	t.Helper()
	s := newPlace(t).Open(t, nil).(*Store)
	defer func() { _ = s.Close() }()
	rows, err := s.reader.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "; ")
}
