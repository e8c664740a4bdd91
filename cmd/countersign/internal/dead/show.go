package dead

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
)

// A Show tells all that there is to tell of one letter.
type Show struct {
	Out     io.Writer
	Box     Box
	Judge   Judge
	HasKey  bool // Judge.Key is the operator's
	Secrets bool // show the body as it was received
}

// Run writes it.
func (s Show) Run(ctx context.Context, sequence uint64) error {
	l, err := s.Box.Get(ctx, sequence)
	if err != nil {
		return err
	}
	now := s.Judge.Now()
	s.row("letter", fmt.Sprintf("%d of %s, died %s, %s, after %s", l.Sequence, bus.StreamDead, l.Died.Format(time.RFC3339), ago(l.Died, now), deliveries(l)))
	s.row("message", fmt.Sprintf("%s, published %s, %s", l.Subject, l.Stored.Format(time.RFC3339), ago(l.Stored, now)))
	s.row("type", dash(l.CEType))
	s.row("ce-id", fmt.Sprintf("%s, of %s", dash(l.ID), dash(l.Source)))
	s.row("user key", dash(l.UserKey))
	if c, err := s.Judge.durable(l); err == nil {
		s.row("died at", fmt.Sprintf("%s of %s", c.Durable, c.Stream))
	}
	if others := s.Judge.others(l); len(others) > 0 {
		s.row("also to", strings.Join(others, ", ")+", and the platform: they know what they have handled, and drop it")
	}
	if note := l.note(); note != "" {
		s.row("note", note)
	}
	c := l.cause()
	s.row("what was wrong", l.Reason+": "+c.wrong)
	s.row("what mends it", c.mend)
	return s.contents(l)
}

func deliveries(l Letter) string {
	if l.Deliveries == 1 {
		return "1 delivery"
	}
	return fmt.Sprintf("%d deliveries", l.Deliveries)
}

func (s Show) row(name, text string) { _, _ = fmt.Fprintf(s.Out, "%-15s %s\n", name, text) }

func (s Show) contents(l Letter) error {
	if !s.HasKey {
		if err := s.Judge.fit(l); err != nil {
			s.row("replay", "leaves it: "+err.Error())
		}
		s.row("contents", fmt.Sprintf("sealed, %d bytes: COUNTERSIGN_DEAD_LETTER_PRIVATE_KEY or …_FILE opens them", l.Size))
		return nil
	}
	body, err := bus.OpenDeadLetter(s.Judge.Key, l.place, l.header, l.sealed)
	if err != nil {
		return fmt.Errorf("open letter %d: it is sealed to another key than COUNTERSIGN_DEAD_LETTER_PRIVATE_KEY, or was changed", l.Sequence)
	}
	if _, err := s.Judge.original(l); err != nil {
		s.row("replay", "leaves it: "+err.Error())
	} else {
		s.row("replay", "publishes it again; it is handled as if it were sent now")
	}
	v := s.view(l, body)
	for _, fault := range v.faults {
		s.row("contents", fault)
	}
	for _, f := range v.fields {
		s.row("contents", f)
	}
	if s.Secrets {
		_, err = fmt.Fprintf(s.Out, "\n%q\n", body)
	}
	return err
}

// view reads the body as a worker of this release would.
func (s Show) view(l Letter, body []byte) view {
	env, err := events.Decode(events.Header(l.original()), body)
	var v view
	if err != nil {
		v.fault(err)
	} else if _, err = s.Judge.Registry.Decode(env.Type, env.Data); err != nil {
		v.fault(err)
	}
	data := []byte(env.Data)
	if len(data) == 0 {
		data = body
	}
	row, known := s.rowOf(l, env)
	v.read(row, known, data)
	return v
}

// rowOf is the type that the message says, or else that of its subject.
func (s Show) rowOf(l Letter, env events.Envelope) (events.Type, bool) {
	if row, ok := s.Judge.Registry.Lookup(env.Type); ok {
		return row, true
	}
	subject, err := events.ParseSubject(l.Subject)
	entity, fact, _ := strings.Cut(l.Type, ".")
	if err != nil {
		return events.Type{}, false
	}
	return s.Judge.Registry.ByFact(subject.Direction, entity, fact)
}
