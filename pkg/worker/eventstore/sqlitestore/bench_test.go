package sqlitestore

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/eventstore/storetest"
)

func BenchmarkAppend(b *testing.B) { storetest.Benchmark(b, newPlace) }

func BenchmarkMark(b *testing.B) { storetest.BenchmarkMark(b, newPlace) }

// BenchmarkAmongMany measures a commit and its mark where the next is of anybody among so many users.
func BenchmarkAmongMany(b *testing.B) {
	for _, users := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("users=%d", users), func(b *testing.B) {
			p := newPlace(b).(place)
			c := &crowd{s: p.Open(b, nil).(*Store), versions: make([]uint64, users)}
			defer func() { _ = c.s.Close() }()
			for i := 0; i < users; i += bulk {
				c.commit(b, rangeOf(i, min(i+bulk, users)))
			}
			turns, before := 0, cpu()
			c.took = nil
			for b.Loop() {
				for range 10 {
					c.commit(b, someOf(users))
				}
				turns += 640
			}
			b.ReportMetric(float64((cpu()-before).Microseconds())/float64(turns), "cpu-µs/commit")
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(turns), "µs/commit")
			slices.Sort(c.took)
			b.ReportMetric(float64(c.took[len(c.took)*99/100].Microseconds())/1000, "ms-p99")
			b.ReportMetric(float64(c.took[len(c.took)-1].Microseconds())/1000, "ms-slowest")
			info, err := os.Stat(p.path)
			must(b, err)
			b.ReportMetric(float64(info.Size())/(1<<20), "MiB")
		})
	}
}

const bulk = 4096

type crowd struct {
	s        *Store
	versions []uint64 // by user
	marks    []eventstore.Mark
	sequence uint64
	took     []time.Duration // of each batch
}

// commit writes the next version of each user, and marks them when there are many.
func (c *crowd) commit(b *testing.B, users []int) {
	batch := make([]eventstore.Commit, len(users))
	for i, user := range users {
		c.versions[user]++
		c.sequence++
		batch[i] = ofCrowd(user, c.versions[user])
		c.marks = append(c.marks, eventstore.Mark{Stream: batch[i].Stream, Version: batch[i].Version, BusSequence: c.sequence})
	}
	began := time.Now()
	must(b, errors.Join(c.s.insertBatch(b.Context(), batch)...))
	c.took = append(c.took, time.Since(began))
	if len(c.marks) >= 640 {
		must(b, c.s.MarkPublished(b.Context(), c.marks))
		c.marks = nil
	}
}

var text = json.RawMessage(`"` + strings.Repeat("x", 600) + `"`)

func ofCrowd(user int, version uint64) eventstore.Commit {
	name := fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, user)))[:26]
	return eventstore.Commit{
		Stream: eventstore.Stream{Platform: "acme", Kind: "guard", UserKey: name}, Version: version, User: name, At: time.Unix(int64(version), 0),
		Cause:  eventstore.Cause{Origin: "in", Platform: "acme", Source: "/web", ID: fmt.Sprintf("%s-%d", name[:20], version)},
		Digest: "1." + name + name[:16], Policy: name, State: text, Events: []eventstore.Event{{ID: name, Type: "countersign.attempt.accepted.v1", Data: text}},
	}
}

// someOf draws 64 users, evenly and each once.
func someOf(users int) (some []int) {
	for first, i := rand.IntN(users), 0; i < 64; i++ {
		some = append(some, (first+i*users/64)%users)
	}
	return some
}

func rangeOf(from, to int) (all []int) {
	for i := from; i < to; i++ {
		all = append(all, i)
	}
	return all
}

func cpu() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
