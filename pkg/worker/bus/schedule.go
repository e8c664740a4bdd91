package bus

import (
	"context"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"

	"countersign/pkg/events"
)

// Headers of a scheduled message. nats.go's own option writes whole seconds, which would fire early.
const (
	headerSchedule       = "Nats-Schedule"
	headerScheduleTarget = "Nats-Schedule-Target"

	scheduleLayout = "2006-01-02T15:04:05.000000000Z"
)

// Schedule has the bus keep s until s.At and then deliver it to its worker: not before, by the bus's clock, and up to 250 ms
// after; at once when it is past. It survives a restart of the bus. The same id again replaces the former.
func (p *Publisher) Schedule(ctx context.Context, s Scheduled) error {
	o, err := s.held()
	if err != nil {
		return err
	}
	if _, err := p.Publish(ctx, []Outgoing{o}); err != nil {
		return fmt.Errorf("schedule %s: %w", s.Fact, err)
	}
	return nil
}

// held is s as it waits. It has no message id: the holding subject is the id, and the bus would take a changed time for a
// repeat.
func (s Scheduled) held() (Outgoing, error) {
	for _, token := range []string{s.Platform, s.Worker, s.Fact, s.ID} {
		if token == "" || strings.ContainsAny(token, ".*> \t\r\n") {
			return Outgoing{}, fmt.Errorf("schedule %s: %q cannot stand in a subject", s.Fact, token)
		}
	}
	header := nats.Header{
		headerSchedule:       {"@at " + s.At.UTC().Format(scheduleLayout)},
		headerScheduleTarget: {events.TimerSubject(s.Platform, s.Worker, s.Fact)},
	}
	for k, v := range s.Header {
		if !hostile(k) {
			header[k] = v
		}
	}
	return Outgoing{Subject: holdingSubject(s.Platform, s.Worker, s.Fact, s.ID), Header: header, Body: s.Body}, nil
}

// holdingSubject is where a timer waits: unique by its id, so that the same id again replaces it.
func holdingSubject(platform, worker, fact, id string) string {
	return strings.Join([]string{"mfa", platform, "timer", worker, fact, id}, ".")
}

// hostile says of a header that it commands the bus. Whoever copies headers leaves these out.
func hostile(name string) bool {
	return len(name) >= 5 && strings.EqualFold(name[:5], "nats-")
}
