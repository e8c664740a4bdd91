package notifier_test

import (
	"testing"
	"time"

	"countersign/pkg/events/notification"
	"countersign/pkg/worker/workertest"
	"countersign/services/notifier/sink"
)

type refusal struct {
	name    string
	to      string // whether it is a mail or a text follows from it
	mails   []sink.MailFault
	texts   []sink.TextFault
	want    []string // what is said of the notification
	arrives int
}

func relay(code, class, subject, detail int) sink.MailFault {
	return sink.RefuseRecipient(code, class, subject, detail)
}

var refusals = []refusal{
	{
		name: "a mailbox that there is not ends it", to: mailbox,
		mails: []sink.MailFault{relay(550, 5, 1, 1)}, want: []string{"failed bad_address"},
	},
	{
		name: "a mailbox that is disabled ends it", to: mailbox,
		mails: []sink.MailFault{relay(550, 5, 2, 1)}, want: []string{"failed unreachable"},
	},
	{
		name: "a relay that refuses the sender ends it: an operator has to see to that", to: mailbox,
		mails: []sink.MailFault{sink.RefuseSender(550, 5, 7, 1)}, want: []string{"failed provider_down"},
	},
	{name: "a number that there is not ends it", to: "+15005550001", want: []string{"failed bad_address"}},
	{name: "a number that said STOP ends it", to: "+15005550004", want: []string{"failed opted_out"}},
	{name: "a number without a route ends it", to: "+15005550002", want: []string{"failed unreachable"}},
	{
		name: "a relay that has no time takes the same code later", to: mailbox,
		mails: []sink.MailFault{relay(451, 4, 3, 0)}, want: []string{"failed provider_down, not final", "sent"}, arrives: 1,
	},
	{
		name: "a mailbox that is full now takes the same code later", to: mailbox,
		mails: []sink.MailFault{relay(452, 4, 2, 2), sink.RefuseContent(451, 4, 3, 0)},
		want:  []string{"failed unreachable, not final", "failed provider_down, not final", "sent"}, arrives: 1,
	},
	{
		name: "too many texts are sent later with the same code", to: number,
		texts: []sink.TextFault{sink.TooManyTexts()}, want: []string{"failed provider_down, not final", "sent"}, arrives: 1,
	},
	{
		name: "three refusals that may pass are the end for a mail", to: mailbox,
		mails: []sink.MailFault{relay(451, 4, 3, 0), relay(451, 4, 3, 0), relay(451, 4, 3, 0)},
		want:  []string{"failed provider_down, not final", "failed provider_down, not final", "failed provider_down"},
	},
	{
		name: "three refusals that may pass are the end for a text", to: number,
		texts: []sink.TextFault{sink.TooManyTexts(), sink.TooManyTexts(), sink.TooManyTexts()},
		want:  []string{"failed provider_down, not final", "failed provider_down, not final", "failed provider_down"},
	},
	{
		name: "a mail whose answer is lost is not sent again", to: mailbox,
		mails: []sink.MailFault{sink.DropBeforeReply()}, want: []string{"failed unknown_outcome"}, arrives: 1,
	},
}

func TestWhatProvidersRefuse(t *testing.T) {
	f := start(t)
	for i, r := range refusals {
		user := "u-" + string(rune('a'+i))
		before := len(f.arrived(r.to))
		f.mails.Script(r.mails...)
		f.texts.Script(r.texts...)
		e := f.requests(user, r.to)
		t.Run(r.name, func(t *testing.T) {
			f.checksEnds(t, e.EnrollmentID, r.want)
			got := f.arrived(r.to)[before:]
			if len(got) != r.arrives {
				t.Errorf("%d messages arrived, want %d", len(got), r.arrives)
			}
			for _, m := range got {
				if want := f.User(user).Sent(e.EnrollmentID, 1); codeIn(m) != want {
					t.Errorf("%s arrived, want %s", codeIn(m), want)
				}
			}
		})
	}
	sent := len(f.inbox.List())
	f.deliverAllAnew()
	if n := len(f.inbox.List()); n != sent || n != len(f.mailsTaken())+len(f.texts.Ledger()) {
		t.Errorf("%d messages arrived, want %d: those of before", n, sent)
	}
}

// A timer is due by the bus's clock. That of the worker that hears it may be some seconds behind.
func TestATimerThatComesEarlyByTheWorkersClockIsNotLost(t *testing.T) {
	f := start(t, func(o *options) { o.pace.Backoff = 100 * time.Millisecond })
	f.Store.Break(workertest.Faults{After: func(c workertest.Call) error {
		if commits(c, notification.FailedType) {
			f.Clock.Ahead(-4 * time.Second)
		}
		return nil
	}})
	f.mails.Script(relay(451, 4, 3, 0))
	e := f.requests("ann-1", mailbox)
	f.wantEnds(e.EnrollmentID, "failed provider_down, not final", "sent")
}
