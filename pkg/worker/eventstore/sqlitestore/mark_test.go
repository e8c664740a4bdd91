package sqlitestore

import (
	"errors"
	"fmt"
	"reflect"
	"testing"

	"countersign/pkg/worker/eventstore"
)

func TestWhatIsMarkedAlikeIsARun(t *testing.T) {
	s, _ := openFile(t)
	var batch []eventstore.Commit
	for i := range 6 { // ids from 1 on
		batch = append(batch, victim(fmt.Sprint("user-", i+1), 1))
	}
	must(t, errors.Join(s.insertBatch(t.Context(), batch)...))
	of := func(id int, sequence uint64) eventstore.Mark {
		return eventstore.Mark{Stream: victimStream(fmt.Sprint("user-", id)), Version: 1, BusSequence: sequence}
	}
	for _, c := range []struct {
		name  string
		marks []eventstore.Mark
		want  []run
	}{
		{"in any order", []eventstore.Mark{of(3, 7), of(1, 7), of(2, 7)}, []run{{1, 3, 7}}},
		{"not over a gap", []eventstore.Mark{of(1, 7), of(3, 7)}, []run{{1, 1, 7}, {3, 3, 7}}},
		{"not under two numbers", []eventstore.Mark{of(4, 7), of(5, 8), of(6, 8)}, []run{{4, 4, 7}, {5, 6, 8}}},
		{"without who is not there", []eventstore.Mark{of(1, 7), of(9, 7), of(2, 7)}, []run{{1, 2, 7}}},
		{"the later of two of one commit comes last", []eventstore.Mark{of(1, 9), of(1, 7)}, []run{{1, 1, 9}, {1, 1, 7}}},
		{"none", nil, nil},
	} {
		if got, err := s.runsOf(t.Context(), c.marks); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v (%v), want %v", c.name, got, err, c.want)
		}
	}
}

func TestFewOfThoseThatNobodyMarksAreHeld(t *testing.T) {
	var r recent
	one := func(version uint64) map[name]int64 { return map[name]int64{{version: version}: 1} }
	for version := range uint64(mostRecent + 1) {
		r.add(one(version))
	}
	if len(r.ids) > mostRecent {
		t.Errorf("%d are held, want at most %d", len(r.ids), mostRecent)
	}
	if _, ok := r.take(name{version: mostRecent}); !ok {
		t.Error("the newest is not held")
	}
}
