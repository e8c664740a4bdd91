package notifier

import (
	"context"
	"errors"
	"fmt"
	"net"

	"countersign/pkg/events/notification"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/services/notifier/internal/bounce"
	"countersign/services/notifier/internal/channel/smtp"
	"countersign/services/notifier/internal/decide"
	"github.com/prometheus/client_golang/prometheus"
)

// Bounces says where mails come back to that the relay cannot deliver after all. The zero value is nowhere: they go to the sender, and
// nobody is told.
type Bounces struct {
	// Domain is of the return paths; the relay sends mails for it to Listen.
	Domain string
	// Listen opens the port on which they come.
	Listen func(context.Context) (net.Listener, error)
}

func (b Bounces) check() error {
	switch {
	case (b.Domain == "") != (b.Listen == nil):
		return errors.New("bounces: set the domain and where to listen, or neither")
	case b.Domain != "" && !bounce.IsDomain(b.Domain):
		return fmt.Errorf("bounces: %q is no domain", b.Domain)
	}
	return nil
}

// returns takes mails back; nil where none come back.
type returns struct {
	Bounces
	paths bounce.Paths
	*shell
}

const returnUse = "return path" // of the secret that all replicas share

func newReturns(b Bounces, s *shell) *returns {
	if b.Domain == "" {
		return nil
	}
	return &returns{Bounces: b, paths: bounce.NewPaths(b.Domain, s.Rings.Shared(returnUse, 0)), shell: s}
}

// path is "" where mails go back to their sender.
func (r *returns) path(q decider.Request, id string, try int) string {
	if r == nil {
		return ""
	}
	return r.paths.Address(bounce.Place{Platform: q.Platform, UserKey: q.UserKey, ID: id, Try: try})
}

func (r *returns) beside() func(context.Context) error {
	if r == nil {
		return nil
	}
	return r.serve
}

func (r *returns) serve(ctx context.Context) error {
	l, err := r.Listen(ctx)
	if err != nil {
		return fmt.Errorf("listen for returned mails: %w", err)
	}
	return bounce.Serve(ctx, l, bounce.Config{
		Domain: r.Domain, Find: r.find, Take: r.take, Logger: r.Logger,
		Noted: func(outcome string) { r.metrics.returned.WithLabelValues(outcome).Inc() },
	})
}

// find also sees that the try was made: what a restored store does not know cannot be told.
func (r *returns) find(ctx context.Context, address string) (bounce.Place, error) {
	at, ok := r.paths.Read(address, r.Platforms())
	if !ok {
		return at, bounce.ErrUnknown
	}
	if _, err := r.userOf(ctx, place{at.Platform, at.UserKey, at.ID}); errors.Is(err, eventstore.ErrNoStream) {
		return at, bounce.ErrUnknown
	} else if err != nil {
		return at, err
	}
	return at, nil
}

// take keeps that a mail came back. Its cause is the try: once is enough.
func (r *returns) take(ctx context.Context, at bounce.Place, report bounce.Report) error {
	f := smtp.Returned(report.Reply, report.Status)
	r.Logger.WarnContext(ctx, "mail came back", "notification_id", at.ID, "try", at.Try, "status", report.Status)
	return r.told(ctx, place{at.Platform, at.UserKey, at.ID}, fmt.Sprintf("returned/%d", at.Try), decide.Reported{
		Provider: smtp.Name, Try: at.Try, Reason: notification.Reason(f.Reason), Code: f.Code, Temporary: f.Temporary,
	})
}

func newReturned() *prometheus.CounterVec {
	returned := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "countersign_notifier_returned_mails_total",
		Help: "Mails that came back, by what came of them: taken, passed_over (no report of a failure for good), refused (no such return path), failed.",
	}, []string{"outcome"})
	for _, outcome := range []string{"taken", "passed_over", "refused", "failed"} { // a rate misses a first count that it has not seen at zero
		returned.WithLabelValues(outcome)
	}
	return returned
}
