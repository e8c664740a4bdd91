package faults_test

import (
	"context"
	"fmt"
	"time"

	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/failpoint"
	"countersign/services/notifier/sink"
	"github.com/nats-io/nats.go/jetstream"
)

// retries is where the tries to come of the notifier wait: of all timers those that are due within seconds.
const retries = "mfa.acme.timer.notifier.retry_due.*"

// firedTwice: a mail is refused for now, the bus loses the timer of its next try, the sweeper finds that out and dies over it, and so does the next
// one behind it.
func firedTwice(ctx context.Context, s *storm) error {
	s.site.mail.smtp.Script(sink.RefuseContent(451, 4, 3, 0))
	if err := s.losesTimers(ctx, retries); err != nil {
		return err
	}
	if err := s.worker("notifier").Kill(); err != nil {
		return err
	}
	const due = 2500 * time.Millisecond // at the latest
	if err := rest(ctx, due+sweepGrace); err != nil {
		return err
	}
	for _, step := range []failpoint.Step{failpoint.Firing, failpoint.Fired} {
		if err := s.diesAt(ctx, "notifier", step, 1); err != nil {
			return err
		}
	}
	return s.again(ctx, "notifier")
}

// losesTimers has the bus lose what waits on subjects, once something does.
func (s *storm) losesTimers(ctx context.Context, subjects string) error {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	stream, err := s.streams.Stream(ctx, bus.StreamTimer)
	if err != nil {
		return err
	}
	for {
		info, err := stream.Info(ctx, jetstream.WithSubjectFilter(subjects))
		if err == nil && len(info.State.Subjects) > 0 {
			return stream.Purge(ctx, jetstream.WithPurgeSubject(subjects))
		}
		if rest(ctx, again/10) != nil {
			return fmt.Errorf("no timer waits on %s: %w", subjects, err)
		}
	}
}
