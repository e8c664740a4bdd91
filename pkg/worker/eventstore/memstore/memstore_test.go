package memstore_test

import (
	"testing"

	"go.uber.org/goleak"

	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/eventstore/memstore"
	"countersign/pkg/worker/eventstore/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type place struct{ disk *memstore.Disk }

func (p place) Open(_ testing.TB, before func([]eventstore.Commit)) eventstore.Store {
	return memstore.Open(p.disk, before)
}

func (p place) Fill(t testing.TB, commits []eventstore.Commit) {
	for _, err := range p.disk.Insert(commits) {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(testing.TB) storetest.Place { return place{memstore.NewDisk()} })
}
