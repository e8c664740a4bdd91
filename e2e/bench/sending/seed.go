package sending

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"countersign/e2e/bench/crowd"
	"countersign/e2e/bench/place"
	"countersign/e2e/bench/rings"
	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
)

var kit = worker.Kit{Registry: catalog.New()}

// A history is what stands in the streams of a person who has just logged in.
type history struct {
	person
	ref     keyring.Ref
	contact enrollment.Contact
}

// seed writes what enroll and verify leave behind of everybody, published long ago.
func seed(ctx context.Context, at place.Spec, all []person) error {
	p, err := place.Open(ctx, at)
	if err != nil {
		return err
	}
	histories, err := makeKeys(ctx, p, all)
	if err == nil {
		err = write(ctx, p.Events, histories)
	}
	return errors.Join(err, p.Close())
}

func makeKeys(ctx context.Context, p *place.Place, all []person) ([]history, error) {
	keys, out := make([]string, len(all)), make([]history, len(all))
	for i, one := range all {
		keys[i] = one.key
	}
	return out, rings.Make(ctx, p, keys, func(i int, of *keyring.Rings, ref keyring.Ref) error {
		key, err := of.Key(ctx, keyring.Delivery, crowd.Platform, keys[i], ref)
		if err != nil {
			return err
		}
		_, _, field := all[i].factor()
		sealed, err := key.Seal(keyring.Place{Stream: all[i].stream(worker.EnrollmentKind).String(), Field: field}, events.NewSecret(all[i].to))
		out[i] = history{all[i], ref, enrollment.Contact{Ciphertext: sealed, Hint: "•••", Key: enrollment.Key{Keyring: ref.Keyring, Number: ref.Number}}}
		return err
	})
}

func (p person) stream(kind string) eventstore.Stream {
	return eventstore.Stream{Platform: crowd.Platform, Kind: kind, UserKey: p.key}
}

// together is how many appends are in flight: as many as one batch takes.
const together = 256

func write(ctx context.Context, store eventstore.Store, all []history) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(together)
	for _, h := range all {
		group.Go(func() error {
			return first(ctx, store, kit.Enrollments(), h.stream(worker.EnrollmentKind), h.enrolled())
		})
		group.Go(func() error { return first(ctx, store, kit.Guards(), h.stream(worker.GuardKind), h.challenged()) })
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("write histories: %w", err)
	}
	var marks []eventstore.Mark
	for i, h := range all {
		marks = append(marks, eventstore.Mark{Stream: h.stream(worker.EnrollmentKind), Version: 1}, eventstore.Mark{Stream: h.stream(worker.GuardKind), Version: 1})
		if len(marks) < together && i < len(all)-1 {
			continue
		}
		if err := store.MarkPublished(context.WithoutCancel(ctx), marks); err != nil {
			return err
		}
		marks = nil
	}
	return nil
}

func (h history) enrolled() []events.Event {
	factor, _, _ := h.factor()
	return []events.Event{
		&enrollment.SecretCreated{
			User: h.id, EnrollmentID: h.enrollment(), Factor: factor, Digits: 6, DestinationHint: h.contact.Hint, ExpiresAt: time.Now().Add(time.Hour),
			Record: enrollment.SecretRecord{Key: h.contact.Key, Sending: 1, NotificationID: "first", To: &h.contact},
		},
		&enrollment.Activated{User: h.id, EnrollmentID: h.enrollment(), Factor: factor, Record: enrollment.ActivatedRecord{Key: h.contact.Key}},
	}
}

func (h history) challenged() []events.Event {
	factor, _, _ := h.factor()
	return []events.Event{&guard.ChallengeIssued{
		User: h.id, ChallengeID: h.challenge(), LoginID: "login-of-" + h.id, Factor: factor, DestinationHint: h.contact.Hint, Sending: true,
		ExpiresAt: time.Now().Add(time.Hour), AttemptsLeft: 5,
		Record: guard.ChallengeIssuedRecord{
			Purpose: guard.ForLogin, EnrollmentID: h.enrollment(), Keyring: h.ref.Keyring, Number: h.ref.Number, Sending: 1,
			NotificationID: h.notification(),
		},
	}}
}

func first[S any](ctx context.Context, store eventstore.Store, f eventstore.Fold[S], stream eventstore.Stream, list []events.Event) error {
	c := eventstore.Commit{
		Stream: stream, At: time.Now(), User: list[0].UserID(), Digest: "seeded", Policy: "seeded",
		Cause: eventstore.Cause{Origin: events.In, Platform: crowd.Platform, Source: crowd.Source, ID: "seeded-" + stream.String()},
	}
	for i, e := range list {
		data, record, err := events.Marshal(e)
		if err != nil {
			return err
		}
		c.Events = append(c.Events, eventstore.Event{ID: events.DerivedID(stream.String(), strconv.Itoa(i)), Type: e.EventType(), Data: data, Record: record})
	}
	c, err := eventstore.Next(eventstore.Loaded[S]{}, f, c)
	if err != nil {
		return err
	}
	return store.Append(ctx, c)
}
