// Package dead lists, shows, replays and discards dead letters: messages that a worker could not handle.
//
//   - A letter's body stays sealed unless the operator's private key is given; what is told of it then shows no code, contact or free text
//     but to who asks for secrets by name.
//   - A replay publishes the message again, on its subject and under its ce-id, and deletes the letter once the bus has confirmed it. What was
//     handled before the letter died is answered as it was: the store knows the cause.
//   - A replay is marked beside the letters before it is published. Where its end is not known the next one says so.
//   - What would harm or help nobody is left: logins and codes that nobody waits for, what would die again, what its worker never hears.
//   - Letters are deleted one by one and overwritten in the bus's files.
package dead

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"countersign/pkg/worker/bus"
)

// A Box is the stream of dead letters.
type Box struct{ stream jetstream.Stream }

// Open finds the stream. The connection is the operator's, or the one for repairs.
func Open(ctx context.Context, js jetstream.JetStream) (Box, error) {
	s, err := js.Stream(ctx, bus.StreamDead)
	if err != nil {
		return Box{}, fmt.Errorf("read stream %s: %w (the users _operator and _%s may)", bus.StreamDead, err, bus.Repair)
	}
	return Box{s}, nil
}

// ErrNoLetter says that there is none with the sequence: discarded, replayed, or older than 14 days.
var ErrNoLetter = errors.New("there is no such letter: it was replayed, discarded, or is older than 14 days")

// Get returns one letter.
func (b Box) Get(ctx context.Context, sequence uint64) (Letter, error) {
	m, err := b.stream.GetMsg(ctx, sequence)
	if errors.Is(err, jetstream.ErrMsgNotFound) || err == nil && isMark(m.Subject) {
		return Letter{}, fmt.Errorf("read letter %d: %w", sequence, ErrNoLetter)
	}
	if err != nil {
		return Letter{}, fmt.Errorf("read letter %d: %w", sequence, err)
	}
	l := letterOf(m)
	mark, err := b.stream.GetLastMsgForSubject(ctx, bus.ReplayMark(l.Platform, sequence))
	switch {
	case err == nil:
		l.mark, l.Begun = mark.Sequence, mark.Time.UTC()
	case !errors.Is(err, jetstream.ErrMsgNotFound):
		return Letter{}, fmt.Errorf("read mark of letter %d: %w", sequence, err)
	}
	return l, nil
}

// Each hands over the letters that fit, oldest first, without their bodies.
func (b Box) Each(ctx context.Context, f Filter, take func(Letter) error) error {
	marks, err := b.marks(ctx)
	if err != nil {
		return err
	}
	return b.walk(ctx, f.subject(), f.first(), func(m *jetstream.RawStreamMsg) error {
		l := letterOf(m)
		if isMark(m.Subject) || !f.fits(l) {
			return nil
		}
		if mark := marks[l.Sequence]; mark != nil {
			l.mark, l.Begun = mark.Sequence, mark.Time.UTC()
		}
		l.sealed = nil
		return take(l)
	})
}

func (b Box) marks(ctx context.Context) (map[uint64]*jetstream.RawStreamMsg, error) {
	all := map[uint64]*jetstream.RawStreamMsg{}
	err := b.walk(ctx, bus.ReplayMarks(), 1, func(m *jetstream.RawStreamMsg) error {
		if of, err := strconv.ParseUint(m.Subject[strings.LastIndexByte(m.Subject, '.')+1:], 10, 64); err == nil {
			all[of] = m
		}
		return nil
	})
	return all, err
}

// walk asks for one message after the other: a consumer would need a right that could be turned to other ends.
func (b Box) walk(ctx context.Context, subject string, from uint64, take func(*jetstream.RawStreamMsg) error) error {
	for {
		m, err := b.stream.GetMsg(ctx, from, jetstream.WithGetMsgSubject(subject))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read letters from %d on: %w", from, err)
		}
		if err := take(m); err != nil {
			return err
		}
		from = m.Sequence + 1
	}
}

// deletable is asked before anything is done to a letter.
func (b Box) deletable() error {
	if b.stream.CachedInfo().Config.DenyDelete {
		return fmt.Errorf("the stream %s was made by a release that let nothing be deleted: once its letters are gone, "+
			"delete it (nats stream rm %s) and run countersign streams apply", bus.StreamDead, bus.StreamDead)
	}
	return nil
}

// delete overwrites the letter in the bus's files.
func (b Box) delete(ctx context.Context, l Letter) error {
	if err := b.stream.SecureDeleteMsg(ctx, l.Sequence); err != nil && !gone(err) {
		return fmt.Errorf("delete letter %d: %w", l.Sequence, err)
	}
	return b.unmark(ctx, l)
}

func (b Box) unmark(ctx context.Context, l Letter) error {
	if l.mark == 0 {
		return nil
	}
	if err := b.stream.DeleteMsg(ctx, l.mark); err != nil && !gone(err) {
		return fmt.Errorf("delete mark of letter %d: %w", l.Sequence, err)
	}
	return nil
}

// codeNoMessage is what the bus says of a sequence that it does not have, or no longer.
const codeNoMessage jetstream.ErrorCode = 10057

func gone(err error) bool {
	said, ok := errors.AsType[*jetstream.APIError](err)
	return ok && said.ErrorCode == codeNoMessage
}

func isMark(subject string) bool {
	return strings.Contains(subject, ".dead."+bus.Repair+".")
}

// ago is how long before now, in words.
func ago(t, now time.Time) string {
	return now.Sub(t).Round(time.Second).String() + " ago"
}
