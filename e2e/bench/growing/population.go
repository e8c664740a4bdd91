// Package growing measures how verify does as there are more users, and as their histories grow.
//
// The worker is the real one, and so is what it finds: the keyrings and enrollments of so many users, and guards with all that their past logins
// left behind. The users of a measurement are drawn evenly over all. After each, the store is as it was.
package growing

import (
	"context"
	"fmt"
	"iter"
	"time"

	"countersign/e2e/bench/crowd"
	"countersign/e2e/bench/ours"
	"countersign/e2e/bench/place"
	"countersign/e2e/bench/rings"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/policy"
)

// A Population is all enrolled users of a platform.
type Population struct {
	Users  int `json:"users"`
	Logins int `json:"logins"` // past ones of each; each left two commits in the user's guard
}

// size is how many commits it has.
func (p Population) size() int { return p.Users * (1 + 2*p.Logins) }

const (
	between = 7 * time.Hour   // from one login of a user to the next
	typing  = 8 * time.Second // from a login to its code
)

// A seeder makes a population's commits. The bus gave their results the numbers from 1 on.
type seeder struct {
	Population
	refs     []keyring.Ref // of all users
	guards   eventstore.Fold[guard.State]
	begun    time.Time
	policy   policy.Policy
	digest   func([]byte) string
	sequence uint64
}

// seeder makes histories that end before now; whose keyrings they are has to be filled in.
func (p Population) seeder(now time.Time) *seeder {
	return &seeder{
		Population: p, refs: make([]keyring.Ref, p.Users), guards: worker.Kit{Registry: catalog.New()}.Guards(),
		begun: now.Add(-time.Duration(p.Logins+1) * between), policy: policy.Default(crowd.Platform),
	}
}

// seed fills a place.
func (p Population) seed(ctx context.Context, at place.Spec) error {
	opened, err := place.Open(ctx, at)
	if err != nil {
		return err
	}
	s := p.seeder(time.Now())
	keys := make([]string, p.Users)
	for i := range keys {
		keys[i] = crowd.Number(i).Key
	}
	err = rings.Make(ctx, opened, keys, func(i int, of *keyring.Rings, ref keyring.Ref) error {
		s.refs[i], s.digest = ref, of.Digest
		return nil
	})
	if closed := opened.Close(); err != nil || closed != nil {
		return fmt.Errorf("make keyrings: %w", firstOf(err, closed))
	}
	if err := place.Fill(ctx, at, s.all()); err != nil {
		return fmt.Errorf("seed %d users with %d logins each: %w", p.Users, p.Logins, err)
	}
	return nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// block is how many users log in in turn: their histories lie among each other.
const block = 1000

// all gives every commit, in an order in which they may have come.
func (s *seeder) all() iter.Seq2[place.Kept, error] {
	return func(yield func(place.Kept, error) bool) {
		for i := range s.Users {
			c, err := ours.Enrollment(crowd.Number(i), s.refs[i], s.begun.UTC())
			if !yield(s.kept(c, false), err) {
				return
			}
		}
		for first := 0; first < s.Users; first += block {
			if !s.block(first, min(first+block, s.Users), yield) {
				return
			}
		}
	}
}

func (s *seeder) block(first, end int, yield func(place.Kept, error) bool) bool {
	histories := make([]history, end-first)
	for i := range histories {
		histories[i] = history{seeder: s, user: crowd.Number(first + i), ref: s.refs[first+i]}
	}
	for turn := 1; turn <= s.Logins; turn++ {
		for i := range histories {
			at := s.begun.Add(time.Duration(turn)*between + time.Duration(i)*time.Second)
			challenged, err := histories[i].challenged(turn, at.UTC())
			if !yield(s.kept(challenged, true), err) {
				return false
			}
			accepted, err := histories[i].accepted(turn, at.Add(typing).UTC())
			if !yield(s.kept(accepted, turn < s.Logins), err) {
				return false
			}
		}
	}
	return true
}

func (s *seeder) kept(c eventstore.Commit, followed bool) place.Kept {
	s.sequence++
	c.Published, c.BusSequence = true, s.sequence
	return place.Kept{Commit: c, Followed: followed}
}
