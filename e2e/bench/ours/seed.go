package ours

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"countersign/e2e/bench/crowd"
	"countersign/e2e/bench/place"
	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/totp"
)

var kit = worker.Kit{Registry: catalog.New()}

// seed writes what enroll leaves behind of a user who has activated an app: a keyring and a commit, published long ago.
func seed(ctx context.Context, at place.Spec, users []crowd.User) error {
	p, err := place.Open(ctx, at)
	if err != nil {
		return err
	}
	refs, err := makeKeys(ctx, p, users)
	if err == nil {
		err = enroll(ctx, p.Events, users, refs)
	}
	return errors.Join(err, p.Close())
}

// together is how many appends are in flight: as many as one batch takes.
const together = 256

func enroll(ctx context.Context, store eventstore.Store, users []crowd.User, refs []keyring.Ref) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(together)
	marks := make([]eventstore.Mark, len(users))
	for i := range users {
		group.Go(func() (err error) {
			marks[i], err = enrollOne(ctx, store, users[i], refs[i])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("enroll users: %w", err)
	}
	for begin := 0; begin < len(marks); begin += together {
		if err := store.MarkPublished(context.WithoutCancel(ctx), marks[begin:min(len(marks), begin+together)]); err != nil {
			return err
		}
	}
	return nil
}

func enrollOne(ctx context.Context, store eventstore.Store, u crowd.User, ref keyring.Ref) (eventstore.Mark, error) {
	c, err := Enrollment(u, ref, time.Now())
	if err != nil {
		return eventstore.Mark{}, err
	}
	return eventstore.Mark{Stream: c.Stream, Version: c.Version}, store.Append(ctx, c)
}

// Enrollment is the one commit of a user who has activated an app at at.
func Enrollment(u crowd.User, ref keyring.Ref, at time.Time) (eventstore.Commit, error) {
	kept, err := enrolled(u, ref, at)
	if err != nil {
		return eventstore.Commit{}, err
	}
	return eventstore.Next(eventstore.Loaded[enrollment.State]{}, kit.Enrollments(), eventstore.Commit{
		Stream: eventstore.Stream{Platform: crowd.Platform, Kind: worker.EnrollmentKind, UserKey: u.Key},
		At:     at, User: u.ID, Digest: "seeded", Policy: "seeded", Events: kept,
		Cause: eventstore.Cause{Origin: events.In, Platform: crowd.Platform, Source: crowd.Source, ID: "enrolled-" + u.ID},
	})
}

func enrolled(u crowd.User, ref keyring.Ref, at time.Time) (kept []eventstore.Event, err error) {
	key := enrollment.Key{Keyring: ref.Keyring, Number: ref.Number}
	for i, e := range []events.Event{
		&enrollment.SecretCreated{
			User: u.ID, EnrollmentID: EnrollmentID(u), Factor: events.TOTP, Algorithm: enrollment.SHA1, Digits: 6, Period: 30,
			ExpiresAt: at.Add(time.Hour), Record: enrollment.SecretRecord{Key: key},
		},
		&enrollment.Activated{
			User: u.ID, EnrollmentID: EnrollmentID(u), Factor: events.TOTP, Record: enrollment.ActivatedRecord{Key: key, Step: 1},
		},
	} {
		data, record, err := events.Marshal(e)
		if err != nil {
			return nil, err
		}
		kept = append(kept, eventstore.Event{ID: events.DerivedID(u.ID, strconv.Itoa(i)), Type: e.EventType(), Data: data, Record: record})
	}
	return kept, nil
}

// EnrollmentID is that of the user's app.
func EnrollmentID(u crowd.User) string { return "app-of-" + u.ID }

// seedSize is that of the algorithm of every app here.
var seedSize = totp.SeedSize(crowd.Options.Algorithm)
