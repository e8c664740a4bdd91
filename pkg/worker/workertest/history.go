package workertest

import (
	"context"
	"strconv"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
)

// A User is one of a platform's, with a history that the test writes where the worker that owns the stream does not run.
type User struct {
	house    *House
	platform string
	ID       string
	Key      string // events.UserKey
}

// User names one.
func (p *Platform) User(id string) User {
	return User{house: p.house, platform: p.name, ID: id, Key: events.UserKey(p.name, id)}
}

// An Enrolled factor is active.
type Enrolled struct {
	user User
	ID   string // enrollment_id
	Of   events.Factor
	ref  keyring.Ref
}

// Enrolled has a factor activated, as enroll does. A time-based one was activated ten steps ago.
func (u User) Enrolled(f events.Factor) Enrolled {
	u.house.t.Helper()
	ref, err := u.house.Keys.rings.Create(u.house.t.Context(), u.platform, u.Key)
	if err != nil {
		u.house.t.Fatal(err)
	}
	e := Enrolled{user: u, ID: events.DerivedID(u.platform, u.ID, string(f)), Of: f, ref: ref}
	key := enrollment.Key{Keyring: ref.Keyring, Number: ref.Number}
	created := &enrollment.SecretCreated{
		User: u.ID, EnrollmentID: e.ID, Factor: f, Digits: 6, ExpiresAt: time.Now().Add(time.Hour), Record: enrollment.SecretRecord{Key: key},
	}
	activated := &enrollment.Activated{User: u.ID, EnrollmentID: e.ID, Factor: f, Record: enrollment.ActivatedRecord{Key: key}}
	if f == events.TOTP {
		created.Algorithm, created.Period, activated.Record.Step = enrollment.SHA1, 30, Step()-10
	} else {
		created.DestinationHint, created.Record.Sending = "m•••", 1
		created.Record.To = &enrollment.Contact{Hint: "m•••", Ciphertext: "x", Key: key}
	}
	u.Enrollment(created, activated)
	return e
}

// Enrollment appends one commit to the user's enrollment stream.
func (u User) Enrollment(list ...events.Event) {
	u.house.t.Helper()
	write(u, "enrollment", enrollment.Fold, enrollment.Evolve, list)
}

// Guard appends one commit to the user's guard stream.
func (u User) Guard(list ...events.Event) {
	u.house.t.Helper()
	write(u, "guard", guard.Fold, guard.Evolve, list)
}

// Recovery appends one commit to the user's recovery stream.
func (u User) Recovery(list ...events.Event) {
	u.house.t.Helper()
	write(u, "recovery", recovery.Fold, recovery.Evolve, list)
}

// Notification appends one commit to the stream of one of the user's notifications.
func (u User) Notification(id string, list ...events.Event) {
	u.house.t.Helper()
	stream := eventstore.Stream{Platform: u.platform, Kind: "notification", UserKey: u.Key, ID: id}
	writeTo(u, stream, notification.Fold, notification.Evolve, list)
}

// SteppedUp has a login accepted now, as verify does.
func (u User) SteppedUp(loginID string) {
	u.house.t.Helper()
	u.Challenged(loginID)
	u.Guard(&guard.AttemptAccepted{
		User: u.ID, ChallengeID: "challenge of " + loginID, LoginID: loginID, Purpose: guard.ForStepUp, Factor: events.TOTP,
		ExpiresAt: time.Now().Add(2 * time.Minute),
	})
}

// Challenged has a login wait for a code.
func (u User) Challenged(loginID string) {
	u.house.t.Helper()
	u.Guard(&guard.ChallengeIssued{
		User: u.ID, ChallengeID: "challenge of " + loginID, LoginID: loginID, Factor: events.TOTP, AttemptsLeft: 5,
		ExpiresAt: time.Now().Add(10 * time.Minute), Record: guard.ChallengeIssuedRecord{Purpose: guard.ForStepUp},
	})
}

// Waived has a login pass by the password alone.
func (u User) Waived(loginID string) {
	u.house.t.Helper()
	u.Guard(&guard.ChallengeWaived{User: u.ID, LoginID: loginID, Reason: guard.NotEnrolled, ExpiresAt: time.Now().Add(2 * time.Minute)})
}

func write[S any](u User, kind string, number int, evolve func(S, events.Event, time.Time) (S, error), list []events.Event) {
	u.house.t.Helper()
	writeTo(u, eventstore.Stream{Platform: u.platform, Kind: kind, UserKey: u.Key}, number, evolve, list)
}

// writeTo makes the next commit of a stream: it is on no bus, and nobody is to put it there.
func writeTo[S any](u User, stream eventstore.Stream, number int, evolve func(S, events.Event, time.Time) (S, error), list []events.Event) {
	h := u.house
	h.t.Helper()
	fold := eventstore.Fold[S]{Kind: stream.Kind, Number: number, Decode: h.registry.DecodeStored, Evolve: evolve}
	l, err := eventstore.Load(h.t.Context(), h.kept, stream, fold)
	if err != nil {
		h.t.Fatal(err)
	}
	c := eventstore.Commit{
		Stream: stream, At: time.Now(), User: u.ID, Digest: "history",
		Cause: eventstore.Cause{Origin: events.In, Platform: u.platform, Source: "/history", ID: events.DerivedID(stream.String(), time.Now().String())},
	}
	for i, e := range list {
		data, record, err := events.Marshal(e)
		if err != nil {
			h.t.Fatal(err)
		}
		c.Events = append(c.Events, eventstore.Event{ID: events.DerivedID(c.Cause.ID, strconv.Itoa(i)), Type: e.EventType(), Data: data, Record: record})
	}
	if c, err = eventstore.Next(l, fold, c); err != nil {
		h.t.Fatal(err)
	}
	put(h, c)
}

func put(h *House, c eventstore.Commit) {
	h.t.Helper()
	if err := h.kept.Append(h.t.Context(), c); err != nil {
		h.t.Fatal(err)
	}
	h.mu.Lock()
	h.written = append(h.written, c)
	h.mu.Unlock()
	if err := h.kept.MarkPublished(h.t.Context(), []eventstore.Mark{{Stream: c.Stream, Version: c.Version}}); err != nil {
		h.t.Fatal(err)
	}
}

// Commits is the user's stream of a kind as it is kept.
func (u User) Commits(kind string) []eventstore.Commit {
	u.house.t.Helper()
	var all []eventstore.Commit
	stream := eventstore.Stream{Platform: u.platform, Kind: kind, UserKey: u.Key}
	for c, err := range u.house.kept.Replay(context.WithoutCancel(u.house.t.Context()), stream, 1) {
		if err != nil {
			u.house.t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}
