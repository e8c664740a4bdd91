package ours

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/e2e/bench/crowd"
	"countersign/e2e/bench/place"
	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
)

// ChallengeID is what verify names the challenge of the user's login: the name follows from the cause.
func ChallengeID(u crowd.User) string {
	cause := eventstore.Cause{Origin: events.In, Platform: crowd.Platform, Source: crowd.Source, ID: u.LoginID()}
	return events.DerivedID(cause.Key(), "challenge")
}

// check holds every guard to two commits, both marked as published: the challenge, and the one acceptance.
func check(ctx context.Context, at place.Spec, users []crowd.User) error {
	p, err := place.Open(ctx, at)
	if err != nil {
		return err
	}
	err = checkAll(ctx, p.Events, users)
	return errors.Join(err, p.Close())
}

func checkAll(ctx context.Context, store eventstore.Store, users []crowd.User) error {
	pending, err := store.Pending(ctx, worker.GuardKind, time.Now().Add(time.Hour), 1)
	if err != nil {
		return err
	}
	if len(pending) > 0 {
		return fmt.Errorf("version %d of %s is not marked as published", pending[0].Version, pending[0].Stream)
	}
	for _, u := range users {
		if err := checkOne(ctx, store, u); err != nil {
			return err
		}
	}
	return nil
}

func checkOne(ctx context.Context, store eventstore.Store, u crowd.User) error {
	head, err := Head(ctx, store, u)
	if err != nil {
		return err
	}
	if len(head.Events) != 1 || head.Events[0].Type != guard.AttemptAcceptedType || head.Version != 2 {
		return fmt.Errorf("guard of %s ends with version %d: %v", u.ID, head.Version, head.Events)
	}
	return nil
}

// Head is the last commit of a user's guard.
func Head(ctx context.Context, store eventstore.Store, u crowd.User) (eventstore.Commit, error) {
	return store.Head(ctx, eventstore.Stream{Platform: crowd.Platform, Kind: worker.GuardKind, UserKey: u.Key})
}

// CommitSize is how many bytes the last commit of a user's guard takes.
func CommitSize(ctx context.Context, at place.Spec, u crowd.User) (int, error) {
	p, err := place.Open(ctx, at)
	if err != nil {
		return 0, err
	}
	c, err := Head(ctx, p.Events, u)
	return c.Size(), errors.Join(err, p.Close())
}
