package bus

import (
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"countersign/pkg/events"
)

// The four streams.
const (
	StreamIn    = "MFA_IN"    // what platforms publish: a work queue
	StreamOut   = "MFA_OUT"   // facts, kept 7 days
	StreamTimer = "MFA_TIMER" // scheduled messages and the timers that are due; the only stream that allows schedules
	StreamDead  = "MFA_DEAD"  // dead letters, kept 14 days
)

const (
	outAge  = 7 * 24 * time.Hour
	deadAge = 14 * 24 * time.Hour

	// The server's minimum. A platform that asks again on purpose must not be silenced by the bus; once-only is the store's.
	inDuplicates = 100 * time.Millisecond

	defaultInMessages = 10_000
)

// StreamOptions say how large the streams are; what they allow is fixed.
type StreamOptions struct {
	Registry   *events.Registry // required: MFA_IN takes exactly its rows of In
	Replicas   int              // copies of each stream, 1 (the default) to 5; 3 across zones in production
	InMessages int64            // most messages waiting on one subject of MFA_IN; the next is refused; default 10,000
}

// Streams returns what the streams must be.
func Streams(o StreamOptions) []jetstream.StreamConfig {
	streams := []jetstream.StreamConfig{streamIn(o), streamOut(), streamTimer(), streamDead()}
	for i := range streams {
		streams[i].Storage = jetstream.FileStorage
		streams[i].Replicas = max(1, o.Replicas)
		streams[i].Metadata = streamChecks(streams[i].Name, streams[i].Replicas)
	}
	return streams
}

// streamIn refuses rather than drops, and by subject, so that one platform fills only its own. Deletion by the API is denied
// because the server sends a publish's confirmation, which holds a sequence, to any reply subject that a platform names; a
// server whose JetStream is strict, as it is by default and must stay, takes that for no command either.
func streamIn(o StreamOptions) jetstream.StreamConfig {
	most := o.InMessages
	if most <= 0 {
		most = defaultInMessages
	}
	return jetstream.StreamConfig{
		Name:                 StreamIn,
		Description:          "requests of platforms, each handled once and gone",
		Subjects:             inSubjects(o.Registry),
		Retention:            jetstream.WorkQueuePolicy,
		Discard:              jetstream.DiscardNew,
		DiscardNewPerSubject: true,
		MaxMsgsPerSubject:    most,
		MaxMsgSize:           events.MaxMessage,
		Duplicates:           inDuplicates,
		DenyDelete:           true,
		DenyPurge:            true,
	}
}

func streamOut() jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:        StreamOut,
		Description: "facts that the workers say",
		Subjects:    []string{events.OutSubject("*", "*", "*", "*")},
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardOld,
		MaxAge:      outAge,
		DenyDelete:  true,
		DenyPurge:   true,
	}
}

// streamTimer holds a schedule on mfa.<platform>.timer.<worker>.<fact>.<timer id> until the server publishes it on the same
// subject without the id. No limit: the server would make room by dropping timers.
func streamTimer() jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:              StreamTimer,
		Description:       "timers of the workers, those to come and those due",
		Subjects:          []string{events.TimerSubject("*", "*", "*"), holdingSubject("*", "*", "*", "*")},
		Retention:         jetstream.WorkQueuePolicy,
		Discard:           jetstream.DiscardOld,
		AllowMsgSchedules: true,
		AllowRollup:       true, // a schedule replaces the one of its id
	}
}

// streamDead lets single letters be deleted: one that was published again, or that is of no use. Who may is a matter of permissions: no worker
// and no platform; a confirmation that a platform has sent to that subject is no command to a strict server.
func streamDead() jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:        StreamDead,
		Description: "messages that could not be handled, sealed to the operator's key",
		Subjects:    []string{events.DeadSubject("*", "*", "*", "*")},
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardOld,
		MaxAge:      deadAge,
		DenyPurge:   true,
	}
}

// inSubjects names each fact once, whatever its versions: anything else has no stream, so that a typo fails at the publisher.
func inSubjects(r *events.Registry) []string {
	var subjects []string
	for _, t := range r.Types() {
		if s := events.InSubject("*", t.Entity, t.Fact); t.Direction == events.In && !slices.Contains(subjects, s) {
			subjects = append(subjects, s)
		}
	}
	return subjects
}
