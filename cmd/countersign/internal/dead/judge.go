package dead

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/seal"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
)

// Hastes are the types that a person waits for: on the bus they are too late after worker.Fresh, counted from when they were published. A replay
// publishes them anew, so that the workers would take them for fresh.
var Hastes = []string{guard.LoginStartedType, guard.AttemptSubmittedType, guard.ResendRequestedType, enrollment.ResendRequestedType}

// A Judge says which letters can be replayed, and as what.
type Judge struct {
	Registry *events.Registry
	Heard    map[string][]bus.Consumer // by worker: its durables
	Key      seal.PrivateKey
	Now      func() time.Time
	Again    bool // also those of which a replay was begun
}

// original is the message that the letter is of, ready to be published; the error says why it is left.
func (j Judge) original(l Letter) (bus.Outgoing, error) {
	if err := j.fit(l); err != nil {
		return bus.Outgoing{}, err
	}
	body, err := bus.OpenDeadLetter(j.Key, l.place, l.header, l.sealed)
	if err != nil {
		return bus.Outgoing{}, errors.New("it is sealed to another key than COUNTERSIGN_DEAD_LETTER_PRIVATE_KEY, or was changed")
	}
	header := l.original()
	env, err := events.Decode(events.Header(header), body)
	if err != nil && env.ID == "" {
		return bus.Outgoing{}, fmt.Errorf("it would die again: %w", err)
	}
	header[bus.HeaderDeadReplays] = []string{strconv.FormatUint(l.Replays+1, 10)}
	return bus.Outgoing{Subject: l.Subject, MsgID: l.messageID(), Header: header, Body: body}, nil
}

// messageID is the same for every replay of one letter: within its window of duplicates the bus keeps one. It is not the message's own, by which
// the bus could take it for the one that died.
func (l Letter) messageID() string {
	return "replay/" + strconv.FormatUint(l.Sequence, 10) + "/" + strconv.FormatInt(l.Died.UnixNano(), 10)
}

// original are the headers that the letter kept of its message.
func (l Letter) original() nats.Header {
	header := nats.Header{}
	for name, values := range l.header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "ce-") || lower == "content-type" || lower == "traceparent" {
			header[name] = values
		}
	}
	return header
}

// fit judges by what stands in clear.
func (j Judge) fit(l Letter) error {
	c, err := j.durable(l)
	if err != nil {
		return err
	}
	if !c.Replayable() {
		return fmt.Errorf("by %s a platform opens sessions, so that nobody says it twice; %s only counts by it: discard it", l.Type, l.Worker)
	}
	if l.Cut != "" {
		return errors.New("only the first part of its body was kept: have its sender publish it again")
	}
	if waited := j.Now().Sub(l.Stored); j.hasty(l) && waited > worker.Fresh {
		return fmt.Errorf("too late: it was published %s ago, and after %s nobody waits for its answer: discard it", waited.Round(time.Second), worker.Fresh)
	}
	if !l.Begun.IsZero() && !j.Again {
		return fmt.Errorf("a replay was begun at %s and its end is not known; the workers answer what they have handled as they did: --again publishes it once more",
			l.Begun.Format(time.RFC3339))
	}
	return nil
}

func (j Judge) hasty(l Letter) bool {
	return slices.ContainsFunc(Hastes, func(name string) bool { return strings.HasPrefix(name, "countersign."+l.Type+".v") }) &&
		strings.Contains(l.Subject, ".in.")
}

// durable is where it died. Whoever may write dead letters of one worker could write a request of an administrator and have the operator
// publish it: a letter's message is one that its worker hears.
func (j Judge) durable(l Letter) (bus.Consumer, error) {
	s, err := events.ParseSubject(l.Subject)
	if err != nil || s.Platform != l.Platform {
		return bus.Consumer{}, errors.New("its subject is none of its platform: find out who wrote it")
	}
	for _, c := range j.Heard[l.Worker] {
		if matches(c.Filter, l.Subject) && c.Durable == l.Worker+"-"+strings.ReplaceAll(l.Type, ".", "-") {
			return c, nil
		}
	}
	return bus.Consumer{}, fmt.Errorf("%s does not hear %s in this release", l.Worker, l.Subject)
}

// others are the durables that would be given the message as well.
func (j Judge) others(l Letter) (names []string) {
	for name, all := range j.Heard {
		for _, c := range all {
			if name != l.Worker && matches(c.Filter, l.Subject) {
				names = append(names, c.Durable)
			}
		}
	}
	slices.Sort(names)
	return names
}

func matches(filter, subject string) bool {
	want, have := strings.Split(filter, "."), strings.Split(subject, ".")
	return len(want) == len(have) && !slices.ContainsFunc(have, func(token string) bool { return strings.ContainsAny(token, "*>") }) &&
		slices.EqualFunc(want, have, func(w, h string) bool { return w == "*" || w == h })
}
