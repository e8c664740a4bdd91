package sqlitestore

import (
	"strings"
	"testing"
)

func TestOfTheWaitingThoseOfTheKindAreRead(t *testing.T) {
	if plan := planOf(t, selectWaiting, "recovery", "a", "b", 1); !strings.HasPrefix(plan, "SEARCH due USING INDEX due_at (kind=?)") {
		t.Errorf("the plan is %s", plan)
	}
}

func TestAllOfAKindIsReadInTheOrderOfTheKey(t *testing.T) {
	plan := planOf(t, ofKind, []byte("a"), 1, []byte("b"), page)
	if !strings.HasPrefix(plan, "SEARCH r USING PRIMARY KEY ((stream,key)>(?,?) AND stream<?); ") || strings.Contains(plan, "TEMP B-TREE") {
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
