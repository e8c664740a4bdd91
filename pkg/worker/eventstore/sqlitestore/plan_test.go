package sqlitestore

import (
	"strings"
	"testing"
)

func TestTheWaitingAreFoundByTheKeyAlone(t *testing.T) {
	s := newPlace(t).Open(t, nil).(*Store)
	defer func() { _ = s.Close() }()
	rows, err := s.reader.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+selectWaiting, "a", "b", 1)
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
	if all := strings.Join(plan, "; "); all != "SEARCH due USING PRIMARY KEY (stream>? AND stream<?)" {
		t.Errorf("the plan is %s", all)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}
