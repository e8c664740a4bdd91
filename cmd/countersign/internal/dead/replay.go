package dead

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"countersign/pkg/worker/bus"
)

// A Publisher is a *bus.Publisher with the rights of bus.RepairPermissions.
type Publisher interface {
	Publish(ctx context.Context, out []bus.Outgoing) ([]uint64, error)
}

// A Replay publishes messages again.
type Replay struct {
	Sweep
	Judge Judge
	Bus   Publisher
}

// Run replays every letter that fits and can be. Its error says that something is left.
func (r Replay) Run(ctx context.Context) error {
	return r.run(ctx, deed{
		verb: "replay", done: "replayed", asks: "They are handled as if they were sent now.",
		try: func(_ context.Context, l Letter) error { return r.left(l) }, do: r.replay,
	})
}

func (r Replay) left(l Letter) error {
	if _, err := r.Judge.original(l); err != nil {
		return left(err)
	}
	return nil
}

// replay marks, publishes, and deletes: in this order, so that whatever it is stopped by, the message is on the bus or its letter is here.
func (r Replay) replay(ctx context.Context, l Letter) (string, error) {
	message, err := r.Judge.original(l)
	if err != nil {
		return "", left(err)
	}
	if l, err = r.mark(ctx, l); err != nil {
		return "", err
	}
	if err := r.still(ctx, l); err != nil {
		return "", errors.Join(err, r.Box.unmark(ctx, l))
	}
	if err := r.publish(ctx, message); err != nil {
		if refused(err) {
			err = errors.Join(err, r.Box.unmark(ctx, l))
		}
		return "", err
	}
	return " to " + l.Subject, r.Box.delete(ctx, l)
}

// headerExpected has the bus take a message only if its subject's last one has this sequence; 0: if there is none.
const headerExpected = "Nats-Expected-Last-Subject-Sequence"

// mark tells two replays of one letter from each other: one of them begins it.
func (r Replay) mark(ctx context.Context, l Letter) (Letter, error) {
	if l.mark != 0 {
		return l, nil // the judge was told: again
	}
	sequences, err := r.Bus.Publish(ctx, []bus.Outgoing{{
		Subject: bus.ReplayMark(l.Platform, l.Sequence), Header: nats.Header{headerExpected: {"0"}, "dead-replay-of": {strconv.FormatUint(l.Sequence, 10)}},
	}})
	denied, ok := errors.AsType[*jetstream.APIError](err)
	if ok && (denied.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || denied.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant) {
		return l, left(errors.New("another replay of it has just begun"))
	}
	if err != nil {
		return l, explained(err)
	}
	l.mark = sequences[0]
	return l, nil
}

// still looks again under the mark: who has replayed it meanwhile took the mark away with the letter.
func (r Replay) still(ctx context.Context, l Letter) error {
	_, err := r.Box.Get(ctx, l.Sequence)
	if errors.Is(err, ErrNoLetter) {
		return errGone
	}
	return err
}

func (r Replay) publish(ctx context.Context, m bus.Outgoing) error {
	_, err := r.Bus.Publish(ctx, []bus.Outgoing{m})
	return explained(err)
}

func explained(err error) error {
	if errors.Is(err, bus.ErrForbidden) {
		return fmt.Errorf("%w: a replay connects as _%s, which `countersign nats-config --repair` writes", err, bus.Repair)
	}
	return err
}

// refused says of an error that the bus has surely not stored the message.
func refused(err error) bool {
	_, said := errors.AsType[*jetstream.APIError](err)
	return said || errors.Is(err, bus.ErrForbidden) || errors.Is(err, jetstream.ErrNoStreamResponse)
}

// A Discard deletes letters.
type Discard struct{ Sweep }

// Run deletes every letter that fits, for good.
func (d Discard) Run(ctx context.Context) error {
	return d.run(ctx, deed{
		verb: "discard", done: "discarded", asks: "They are gone for good.",
		try: func(context.Context, Letter) error { return nil },
		do:  func(ctx context.Context, l Letter) (string, error) { return "", d.Box.delete(ctx, l) },
	})
}
