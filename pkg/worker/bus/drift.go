package bus

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// A Drift is one difference between the bus and what it must be.
type Drift struct {
	Object     string // "stream MFA_IN", "consumer verify-login-started of MFA_IN"
	Missing    bool   // it is not there
	Strange    bool   // it is there and in no table
	Field      string // what differs, in the server's word
	Have, Want string
	Refused    bool   // Ensure leaves it to a person
	Remedy     string // what that person does
}

func (d Drift) String() string {
	switch {
	case d.Missing:
		return d.Object + " is missing"
	case d.Strange:
		return d.Object + " stands in no table"
	}
	return fmt.Sprintf("%s has %s %s instead of %s", d.Object, d.Field, d.Have, d.Want)
}

// A row compares one setting. A grave one lets somebody write or read what is not theirs, or loses messages.
type row struct {
	field      string
	have, want any
	grave      bool
}

func streamDrift(have, want jetstream.StreamConfig) []Drift {
	object := "stream " + want.Name
	drifts := compare(object, streamRemedy(want.Name), streamRows(have, want))
	foreign := slices.DeleteFunc(slices.Clone(have.Subjects), func(s string) bool { return slices.Contains(want.Subjects, s) })
	lacking := slices.DeleteFunc(slices.Clone(want.Subjects), func(s string) bool { return slices.Contains(have.Subjects, s) })
	return append(drifts, compare(object, streamRemedy(want.Name), []row{
		{"foreign subjects", strings.Join(foreign, " "), "", true},
		{"subjects to add", "", strings.Join(lacking, " "), false}, // a newer release knows more types
	})...)
}

func streamRows(have, want jetstream.StreamConfig) []row {
	return []row{
		{"allow_msg_schedules", have.AllowMsgSchedules, want.AllowMsgSchedules, true},
		{"allow_rollup_hdrs", have.AllowRollup, want.AllowRollup, true},
		{"allow_msg_ttl", have.AllowMsgTTL, want.AllowMsgTTL, true},
		{"allow_msg_counter", have.AllowMsgCounter, want.AllowMsgCounter, true},
		{"allow_atomic", have.AllowAtomicPublish, want.AllowAtomicPublish, true},
		{"allow_batched", have.AllowBatchPublish, want.AllowBatchPublish, true},
		{"retention", have.Retention, want.Retention, true},
		{"discard", have.Discard, want.Discard, true},
		{"discard_new_per_subject", have.DiscardNewPerSubject, want.DiscardNewPerSubject, true},
		{"storage", have.Storage, want.Storage, true},
		{"mirror", have.Mirror != nil, false, true},
		{"sources", len(have.Sources), 0, true},
		{"subject_transform", have.SubjectTransform != nil, false, true},
		{"no_ack", have.NoAck, false, true},
		{"sealed", have.Sealed, false, true},
		{"republish", have.RePublish != nil, false, true},
		{"deny_delete", have.DenyDelete, want.DenyDelete || have.DenyDelete, false}, // the server takes no denial back
		{"deny_purge", have.DenyPurge, want.DenyPurge, false},
		{"max_age", have.MaxAge, want.MaxAge, false},
		{"max_msg_size", unlimited(int64(have.MaxMsgSize)), unlimited(int64(want.MaxMsgSize)), false},
		{"max_msgs", unlimited(have.MaxMsgs), unlimited(want.MaxMsgs), false},
		{"max_bytes", unlimited(have.MaxBytes), unlimited(want.MaxBytes), false},
		{"max_msgs_per_subject", unlimited(have.MaxMsgsPerSubject), unlimited(want.MaxMsgsPerSubject), false},
		{"duplicate_window", have.Duplicates, orDefault(want.Duplicates, have.Duplicates), false},
		{"num_replicas", have.Replicas, want.Replicas, false},
		{"metadata", metadata(have.Metadata), metadata(want.Metadata), false},
	}
}

func compare(object, remedy string, rows []row) []Drift {
	var all []Drift
	for _, r := range rows {
		if have, want := fmt.Sprint(r.have), fmt.Sprint(r.want); have != want {
			all = append(all, Drift{Object: object, Field: r.field, Have: quoted(have), Want: quoted(want), Refused: r.grave, Remedy: remedy})
		}
	}
	return all
}

func (c Consumer) object() string { return "consumer " + c.Durable + " of " + c.Stream }

func streamRemedy(stream string) string {
	return fmt.Sprintf("find out who changed it; let the workers empty the stream, delete it (nats stream rm %s) and apply again", stream)
}

func quoted(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func unlimited(n int64) int64 {
	if n <= 0 {
		return -1
	}
	return n
}

func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// metadata leaves out what the server adds of itself.
func metadata(m map[string]string) string {
	var lines []string
	for k, v := range m {
		if !strings.HasPrefix(k, "_nats.") {
			lines = append(lines, k+"="+v)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, " ")
}
