package growing

import (
	"strconv"
	"time"

	"countersign/e2e/bench/crowd"
	"countersign/e2e/bench/ours"
	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
)

// A history is one user's guard as it comes about.
type history struct {
	*seeder
	user  crowd.User
	ref   keyring.Ref
	guard eventstore.Loaded[guard.State]
}

// challenged adds a login at at, as verify decides it, and accepted the right code for it.
func (h *history) challenged(turn int, at time.Time) (eventstore.Commit, error) {
	u := h.user.At(turn)
	return h.add(u.LoginID(), at, h.challenge(u, at), &guard.ChallengeExpiryDue{User: u.ID, ChallengeID: ours.ChallengeID(u)})
}

func (h *history) accepted(turn int, at time.Time) (eventstore.Commit, error) {
	u := h.user.At(turn)
	return h.add(u.AttemptID(), at, h.acceptance(u, at), nil)
}

func (h *history) challenge(u crowd.User, at time.Time) events.Event {
	return &guard.ChallengeIssued{
		User: u.ID, ChallengeID: ours.ChallengeID(u), LoginID: u.Login, Factor: events.TOTP,
		ExpiresAt: at.Add(h.policy.Challenge.Life), AttemptsLeft: h.policy.Challenge.Attempts,
		Record: guard.ChallengeIssuedRecord{
			Purpose: guard.ForLogin, EnrollmentID: ours.EnrollmentID(u), Keyring: h.ref.Keyring, Number: h.ref.Number, Locale: h.policy.Locale,
		},
	}
}

func (h *history) acceptance(u crowd.User, at time.Time) events.Event {
	return &guard.AttemptAccepted{
		User: u.ID, ChallengeID: ours.ChallengeID(u), LoginID: u.Login, Purpose: guard.ForLogin, Factor: events.TOTP, ExpiresAt: at.Add(2 * time.Minute),
		Record: guard.AttemptAcceptedRecord{EnrollmentID: ours.EnrollmentID(u), Step: uint64(at.Unix() / 30)},
	}
}

// add appends what a message led to. later is a timer for the challenge's end; nil for none.
func (h *history) add(cause string, at time.Time, e, later events.Event) (eventstore.Commit, error) {
	data, record, err := events.Marshal(e)
	if err != nil {
		return eventstore.Commit{}, err
	}
	c := eventstore.Commit{
		Stream: eventstore.Stream{Platform: crowd.Platform, Kind: worker.GuardKind, UserKey: h.user.Key},
		Cause:  eventstore.Cause{Origin: events.In, Platform: crowd.Platform, Source: crowd.Source, ID: cause},
		At:     at, Policy: h.policy.Hash, User: h.user.ID, Digest: h.digest([]byte(cause)),
	}
	id := events.DerivedID(c.Cause.Key(), "answer", e.EventType(), strconv.Itoa(0), c.Digest)
	c.Events = []eventstore.Event{{ID: id, Type: e.EventType(), Data: data, Record: record}}
	if later != nil {
		data, _, err := events.Marshal(later)
		if err != nil {
			return c, err
		}
		end := at.Add(h.policy.Challenge.Life)
		c.Timers = []eventstore.Timer{{ID: events.DerivedID(c.Cause.Key(), "timer", "0"), Type: later.EventType(), At: end, Data: data}}
	}
	h.guard, err = eventstore.Advance(h.guard, h.guards, c)
	return h.guard.Head, err
}
