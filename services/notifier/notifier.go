// Package notifier is the worker that sends codes and notices by mail and text.
//
// It owns the streams notification/<userkey>/<id>. What it is asked to send holds neither code nor address: it reads both from the streams
// and keys at the moment of sending, so that a redelivery sends the same code and an overtaken one is not sent at all. It cannot
// compute seeds.
package notifier

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/services/notifier/internal/budget"
	"countersign/services/notifier/internal/budget/memcounters"
	"countersign/services/notifier/internal/channel"
	"countersign/services/notifier/internal/channel/gateway"
	"countersign/services/notifier/internal/channel/smtp"
	"countersign/services/notifier/internal/channel/twilio"
	"countersign/services/notifier/internal/decide"
	"countersign/services/notifier/internal/template"
	"github.com/prometheus/client_golang/prometheus"
)

// SMTP is a mail relay and how to speak to it.
type SMTP = smtp.Config

// Twilio is an account and how to reach its API.
type Twilio = twilio.Config

// Gateway is a provider of texts that takes them by one HTTP request.
type Gateway = gateway.Config

// Ways to protect the line to the relay.
const (
	StartTLS = smtp.StartTLS
	Implicit = smtp.Implicit
	None     = smtp.None
)

// Pace says when a notification is tried. How often is in the platform's policy.
type Pace = decide.Pace

// Config names the providers. A channel without any is one that no platform's policy may need.
type Config struct {
	SMTP   SMTP   // none without a host
	Twilio Twilio // none without an account
	// Gateway is asked where Twilio is at fault or refuses; none without a URL.
	Gateway Gateway
	Pace    Pace // the zero value is within seconds
	// Pause is for how long a provider that fails is left alone before it is tried again; 0: 5 s.
	Pause time.Duration
	// Bounces is where mails come back to; the zero value is nowhere.
	Bounces Bounces
	// Counters are what budgets go by. nil: in this process' memory alone, which is for tests and a single process.
	Counters Counters
	// Templates is a folder of what platforms write in their own words, <platform>/<language>.yaml; empty: none does.
	Templates string
}

// CollectAt is for runtime.Collect: a code waits for each run, and little is in use between two.
const CollectAt = 400

// Worker is notifier, for worker.Start. Every fault of the configuration is in the error.
func Worker(c Config) (worker.Worker, error) {
	all, err := c.chains()
	book, unread := template.Open(c.Templates)
	if err := errors.Join(err, c.Bounces.check(), unread); err != nil {
		return worker.Worker{}, fmt.Errorf("set up notifier: %w", err)
	}
	if c.Pace == (Pace{}) {
		c.Pace = decide.Defaults()
	}
	if c.Counters == nil {
		c.Counters = &memcounters.Counters{}
	}
	return worker.Worker{
		Name: notification.Worker, Kinds: []string{worker.NotificationKind}, Deadline: c.Pace.Calling() + c.Pace.Keeping(),
		Hears: Hears(), AnyOrder: true, // a provider that stalls with one code holds up no newer one
		Table: func(k worker.Kit) worker.Table { return newShell(k, c, all, book).table() },
	}, nil
}

func (c Config) chains() (chains, error) {
	all, faults := chains{}, []error{}
	add := func(of notification.Channel, open func() (channel.Channel, error)) {
		p, err := open()
		all[of], faults = append(all[of], newProvider(p, c.Pause)), append(faults, err)
	}
	if c.SMTP.Host != "" {
		add(notification.Email, func() (channel.Channel, error) { return smtp.New(c.SMTP) })
	}
	if c.Twilio.AccountSID != "" {
		add(notification.SMS, func() (channel.Channel, error) { return twilio.New(c.Twilio) })
	}
	if c.Gateway.URL != "" {
		add(notification.SMS, func() (channel.Channel, error) { return gateway.New(c.Gateway) })
	}
	return all, errors.Join(faults...)
}

// Hears is what notifier listens to: its durables and permissions follow from it, whatever the providers.
func Hears() []string {
	return []string{
		notification.RequestedType, notification.RetryDueType, enrollment.UserErasedType,
		guard.AttemptAcceptedType, enrollment.ActivatedType, recovery.StepPassedType,
	}
}

// A shell gathers what a message needs and carries out what is decided.
type shell struct {
	worker.Kit
	chains        chains
	book          *template.Book
	metrics       *metrics
	pace          Pace
	till          *budget.Till
	hands         hands
	returns       *returns // nil: nobody takes mails back
	notifications decider.Handler[notification.State]
	guards        eventstore.Fold[guard.State]
	enrollments   eventstore.Fold[enrollment.State]
	recoveries    eventstore.Fold[recovery.State]
}

// recent is how many notifications are held: those that are being sent.
const recent = 4096

func newShell(k worker.Kit, c Config, all chains, book *template.Book) *shell {
	s := &shell{
		Kit: k, chains: all, book: book, metrics: newMetrics(all), pace: c.Pace,
		notifications: worker.Owner(k, k.Notifications()), guards: k.Guards(), enrollments: k.Enrollments(), recoveries: k.Recoveries(),
	}
	s.notifications.Held = eventstore.NewShelf[notification.State](recent)
	s.till = budget.New(budget.Config{Counters: c.Counters, Secrets: k.Rings.Shared, Pauses: pauses{s}})
	s.returns = newReturns(c.Bounces, s)
	return s
}

func (s *shell) table() worker.Table {
	checks := map[string]func(context.Context) error{"providers": s.chains.check}
	return worker.Table{Pages: s.pages(), Beside: s.returns.beside(), Metrics: []prometheus.Collector{s.metrics}, Checks: checks, Routes: []decider.Route{
		{Type: notification.RequestedType, Handle: s.requested},
		{Type: notification.RetryDueType, Handle: s.retry},
		{Type: enrollment.UserErasedType, Handle: s.erased},
		{Type: guard.AttemptAcceptedType, Handle: s.accepted},
		{Type: enrollment.ActivatedType, Handle: s.activated},
		{Type: recovery.StepPassedType, Handle: s.passed},
	}}
}

// requested takes what comes for the first time for new, without a look at the stream.
func (s *shell) requested(ctx context.Context, r decider.Request) (err error) {
	due, seen := decide.Due{Requested: *r.Event.(*notification.Requested)}, notification.State{}
	stream := streamOf(r, due.NotificationID)
	if r.Deliveries == 1 {
		s.notifications.Held.Begin(stream)
	} else if seen, err = load(ctx, s.Store, stream, s.notifications.Fold); err != nil {
		return err
	}
	return s.deliver(ctx, r, due, seen)
}

// retry finds in the stream what the message was: the timer only names it.
func (s *shell) retry(ctx context.Context, r decider.Request) error {
	due := r.Event.(*notification.RetryDue)
	stream := streamOf(r, due.NotificationID)
	l, err := eventstore.Load(ctx, s.Store, stream, s.notifications.Fold)
	if err != nil {
		return err
	}
	if l.Version == 0 { // the store was restored from before it
		return bus.Discard("unknown_notification", eventstore.ErrNoStream)
	}
	err = s.deliver(ctx, r, decide.Due{Try: due.Try, Requested: notification.Requested{
		User: r.User, NotificationID: due.NotificationID, Channel: l.State.Channel, Template: l.State.Template,
		About: l.State.About, ExpiresAt: l.State.ExpiresAt, Locale: l.State.Locale,
	}}, l.State)
	if err != nil {
		return err
	}
	return s.Outbox.Fired(ctx, r, stream)
}

// erased forgets the user's keys at once. What still waits to be sent is suppressed when its time comes: it finds neither contact nor key.
func (s *shell) erased(_ context.Context, r decider.Request) error {
	s.Rings.Drop(r.Platform, r.UserKey)
	return nil
}

func streamOf(r decider.Request, id string) eventstore.Stream {
	stream := r.Stream(worker.NotificationKind)
	stream.ID = id
	return stream
}
