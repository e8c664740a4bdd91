package decider

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/failpoint"
	"countersign/pkg/worker/trace"
)

// Bus is what an Outbox needs of the bus; *bus.Publisher is one.
type Bus interface {
	// Publish sends all and waits until the bus has confirmed all; it returns their numbers in the stream.
	Publish(ctx context.Context, out []bus.Outgoing) ([]uint64, error)
	// Schedule asks the bus to deliver a timer when it is due.
	Schedule(ctx context.Context, s bus.Scheduled) error
	// LastSequence is the number of the last message in MFA_OUT.
	LastSequence(ctx context.Context) (uint64, error)
}

// Digester tells contents of messages apart without giving them away; *keyring.Rings is one.
type Digester interface {
	Digest(content []byte) string
	SameDigest(digest string, content []byte) bool
}

// Config is what an Outbox is made of; every field is required.
type Config struct {
	Store    eventstore.Store
	Bus      Bus
	Registry *events.Registry
	Digester Digester
	Worker   string   // enroll, verify, notifier or recovery: names ce-source
	Kinds    []string // the kinds of stream that this worker owns: what the Sweeper looks through
	Logger   *slog.Logger
}

// An Outbox publishes commits. The commit itself is the outbox's entry: nothing is written twice.
type Outbox struct {
	Config
	source  string // ce-source
	marks   *marks
	metrics *metrics
}

// NewOutbox makes an Outbox. Run must run for its marks to be written.
func NewOutbox(c Config) *Outbox {
	return &Outbox{Config: c, source: source(c.Worker), marks: newMarks(c.Store), metrics: newMetrics(c.Worker, c.Kinds)}
}

// Run writes marks in bulk until ctx ends, then writes what is left.
func (o *Outbox) Run(ctx context.Context) error { return o.marks.run(ctx) }

// Publish sends c's events and timers and returns when the bus has confirmed them all.
func (o *Outbox) Publish(ctx context.Context, c eventstore.Commit) error {
	return o.publish(ctx, c, "")
}

// Repeat sends c's events once more for r: same ids, but under a message id of this sending, so that the bus does not
// take them for repeats.
func (o *Outbox) Repeat(ctx context.Context, c eventstore.Commit, r Request) error {
	return o.publish(ctx, c, sending(r))
}

// Answer sends events that no commit holds.
func (o *Outbox) Answer(ctx context.Context, r Request, answers ...events.Event) error {
	ctx, span := trace.Begin(ctx, trace.Publish, "")
	out, err := o.uncommitted(r, answers, trace.Parent(ctx))
	if err == nil {
		if _, err = o.Bus.Publish(ctx, out); err != nil {
			err = fmt.Errorf("publish answer to %s: %w", r.Type.Name(), err)
		} else {
			o.metrics.answered(r, answers)
		}
	}
	span.End(err)
	return err
}

// Reject refuses r without a commit: what it asks for needs no state to be refused.
func (o *Outbox) Reject(ctx context.Context, r Request, why *events.Rejection) error {
	return o.Answer(ctx, r, rejected(r, why))
}

func (o *Outbox) publish(ctx context.Context, c eventstore.Commit, again string) (err error) {
	ctx, span := trace.Begin(ctx, trace.Publish, "")
	defer func() { span.End(err) }()
	out, err := o.outgoing(c, again, trace.Parent(ctx))
	if err != nil {
		return err
	}
	if err := o.schedule(ctx, c); err != nil {
		return err
	}
	failpoint.At(failpoint.Scheduled)
	begun := time.Now()
	sequences, err := o.Bus.Publish(ctx, out)
	o.metrics.publishes.Observe(time.Since(begun).Seconds())
	if err != nil {
		return fmt.Errorf("publish %s version %d: %w", c.Stream, c.Version, err)
	}
	return o.marks.published(ctx, eventstore.Mark{Stream: c.Stream, Version: c.Version, BusSequence: highest(sequences)})
}

func (o *Outbox) schedule(ctx context.Context, c eventstore.Commit) error {
	for _, t := range c.Timers {
		s, err := o.timer(c, t, trace.Parent(ctx))
		if err != nil {
			return err
		}
		if err := o.Bus.Schedule(ctx, s); err != nil {
			return fmt.Errorf("schedule %s of %s: %w", t.Type, c.Stream, err)
		}
	}
	return nil
}

// Fired notes that the timer r, which a commit of stream had set, has had its effect; what is no timer is none of its business.
func (o *Outbox) Fired(ctx context.Context, r Request, stream eventstore.Stream) error {
	if r.Type.Direction != events.Timer {
		return nil
	}
	return o.marks.fired(ctx, eventstore.Fired{Stream: stream, Version: r.Envelope.Sequence, TimerID: r.Envelope.ID})
}

// catchUp publishes a head that another worker committed and perhaps did not live to publish.
func (o *Outbox) catchUp(ctx context.Context, head eventstore.Commit) (published bool, err error) {
	if head.Version == 0 || head.Published || o.marks.has(head.Stream, head.Version) {
		return false, nil
	}
	return true, o.Publish(trace.Apart(ctx), head) // it is of another cause, whose trace nobody kept
}

func (o *Outbox) sameContent(digest string, r Request) bool {
	return o.Digester.SameDigest(digest, r.content)
}

func highest(sequences []uint64) uint64 {
	var top uint64
	for _, s := range sequences {
		top = max(top, s)
	}
	return top
}
