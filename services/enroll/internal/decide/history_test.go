package decide_test

import (
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
)

const user = "u-4711"

// noon is when scenarios begin; times in them are durations since.
var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

var key = enrollment.Key{Keyring: "ring", Number: 1}

// A past event was committed at a time since noon.
type past struct {
	at    time.Duration
	event events.Event
}

func history(parts ...[]past) []past {
	var all []past
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func fold(t testing.TB, given []past) enrollment.State {
	t.Helper()
	var s enrollment.State
	for _, p := range given {
		next, err := enrollment.Evolve(s, p.event, noon.Add(p.at))
		if err != nil {
			t.Fatalf("fold history: %v", err)
		}
		s = next
	}
	return s
}

// What may have happened.

func pending(at time.Duration, id string, f events.Factor, changes ...func(*enrollment.SecretCreated)) []past {
	e := &enrollment.SecretCreated{
		User: user, EnrollmentID: id, Factor: f, Digits: 6, ExpiresAt: noon.Add(at + 24*time.Hour),
		Record: enrollment.SecretRecord{Key: key, Reauthenticated: true},
	}
	if f == events.TOTP {
		e.Algorithm, e.Period = enrollment.SHA1, 30
	} else {
		e.Record.To, e.Record.Sending = contact(f), 1
		e.DestinationHint, e.Record.NotificationID = e.Record.To.Hint, id+" code"
		e.CodeExpiresAt, e.ResendAt = noon.Add(at+5*time.Minute), noon.Add(at+30*time.Second)
	}
	for _, change := range changes {
		change(e)
	}
	return []past{{at, e}}
}

func withoutPassword(e *enrollment.SecretCreated) { e.Record.Reauthenticated = false }

func withStepUp(e *enrollment.SecretCreated) { e.Record.SpentLogin = "L of " + e.EnrollmentID }

func contact(f events.Factor) *enrollment.Contact {
	if f == events.Email {
		return &enrollment.Contact{Ciphertext: "sealed mail", Hint: "j•••@example.org", Key: key}
	}
	return &enrollment.Contact{Ciphertext: "sealed number", Hint: "•••• 1234", Key: key}
}

func activated(at time.Duration, id string, f events.Factor, changes ...func(*enrollment.SecretCreated)) []past {
	return append(pending(at-time.Minute, id, f, changes...), past{at, &enrollment.Activated{
		User: user, EnrollmentID: id, Factor: f, Record: enrollment.ActivatedRecord{Key: key, Step: 100},
	}}, generated(at, "set")[0])
}

func generated(at time.Duration, set string) []past {
	return []past{{at, &enrollment.RecoveryCodesGenerated{
		User: user, SetID: set, Count: 10, Record: enrollment.CodesRecord{Key: key},
	}}}
}

func revealed(at time.Duration, set string) []past {
	return []past{{at, &enrollment.RecoveryCodesRevealed{User: user, SetID: set, Count: 10}}}
}

func recovered(at, through time.Duration, id string) []past {
	return []past{{at, &enrollment.FactorRemoved{
		User: user, Reason: enrollment.RemovedByRecovery, RecoveryID: id, Record: enrollment.RemovedRecord{CompletedAt: noon.Add(through)},
	}}}
}

func erased(at time.Duration) []past {
	return []past{{at, &enrollment.UserErased{
		User: user, Receipt: enrollment.Receipt{ID: "former receipt", ErasedAt: noon.Add(at), CompleteAt: noon.Add(at + 30*24*time.Hour)},
		Record: enrollment.ErasedRecord{Keyring: "former ring"},
	}}}
}

func missed(at time.Duration, id string, times int) []past {
	var all []past
	for range times {
		all = append(all, past{at, &enrollment.CodeRejected{User: user, EnrollmentID: id, Reason: enrollment.CodeWrong}})
	}
	return all
}

func discarded(at time.Duration, id string, why enrollment.DiscardReason) []past {
	return []past{{at, &enrollment.Discarded{User: user, EnrollmentID: id, Reason: why}}}
}

func resent(at time.Duration, id string, sending uint64, again time.Duration) []past {
	return []past{{at, &enrollment.SecretCreated{
		User: user, EnrollmentID: id, CodeExpiresAt: noon.Add(at + 5*time.Minute), ResendAt: noon.Add(at + again),
		Record: enrollment.SecretRecord{Sending: sending, NotificationID: "n"},
	}}}
}

func kept(at time.Duration, f events.Factor) []past {
	e := &enrollment.ContactsChanged{User: user}
	if f == events.Email {
		e.Record.Email = contact(f)
	} else {
		e.Record.Phone = contact(f)
	}
	return []past{{at, e}}
}

func required(at time.Duration) []past {
	return []past{{at, &enrollment.RequirementChanged{User: user, Required: true, By: "staff-1"}}}
}

func spent(at time.Duration, login, on string) []past {
	return []past{{at, &enrollment.Provisioned{User: user, EnrollmentID: on, LoginID: login}}}
}
