package notifier_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/links"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
	"countersign/services/notifier/sink"
)

const pages = "https://id.example/recovery"

func withPages(p *policy.Policy) { p.Recovery.URL = pages }

// A lost device is a user with both contacts whose recovery the test writes.
type lost struct {
	*fixture
	user workertest.User
	id   string // of the case
	sent int
}

func loses(t *testing.T, change ...func(*options)) *lost {
	t.Helper()
	f := start(t, append([]func(*options){with(withPages)}, change...)...)
	l := &lost{fixture: f, user: f.User("ann-1")}
	l.reports(mailbox, number)
	l.id = links.RecoveryID(l.user.Key, "in/acme/%2Facme/r1")
	return l
}

func (l *lost) reports(email, phone string) {
	l.t.Helper()
	workertest.As[*enrollment.ContactsChanged](l.House, l.Ask(&enrollment.ContactsReported{
		User: l.user.ID, Email: events.NewSecret(email), Phone: events.NewSecret(phone),
	}))
}

func (l *lost) key() enrollment.Key {
	ref := l.user.Ref()
	return enrollment.Key{Keyring: ref.Keyring, Number: ref.Number}
}

// opened has the case opened, or its link sent again, for the nth time.
func (l *lost) opened(n uint64, steps ...recovery.Step) *recovery.Opened {
	return &recovery.Opened{
		User: l.user.ID, RecoveryID: l.id, Steps: steps, LinkExpiresAt: time.Now().Add(5 * time.Minute), ExpiresAt: time.Now().Add(30 * time.Minute),
		Record: recovery.OpenedRecord{LoginID: "l1", Key: l.key(), Sending: n, ResendAt: time.Now()},
	}
}

func (l *lost) claimed(n uint64) *recovery.Claimed {
	return &recovery.Claimed{User: l.user.ID, RecoveryID: l.id, Claim: n, Sending: 1}
}

func (l *lost) passed(step, next recovery.Step) *recovery.StepPassed {
	e := &recovery.StepPassed{User: l.user.ID, RecoveryID: l.id, Step: step, NextStep: next, Record: recovery.StepPassedRecord{Claim: 1}}
	if next == recovery.WaitingPeriod {
		e.CompletesAt, e.Record.Claim = time.Now().Add(24*time.Hour), 0
	}
	return e
}

func (l *lost) texted(n uint64) *recovery.TextSent {
	return &recovery.TextSent{User: l.user.ID, RecoveryID: l.id, Claim: 1, Sending: n, Digits: 6, CodeExpiresAt: time.Now().Add(5 * time.Minute)}
}

func (l *lost) outcome() recovery.Outcome { return recovery.Outcome{User: l.user.ID, RecoveryID: l.id} }

func (l *lost) supported() *recovery.ApprovalRequired {
	return &recovery.ApprovalRequired{
		User: l.user.ID, RecoveryID: l.id, RequestedBy: "staff-1", Reason: recovery.BySupport, CaseRef: "T-1", ExpiresAt: time.Now().Add(48 * time.Hour),
		Record: recovery.ApprovalRecord{Key: l.key(), Steps: []recovery.Step{recovery.Approval, recovery.WaitingPeriod}},
	}
}

// wishes is a notification that the case asks for: it belongs into the stream and onto the bus.
func (l *lost) wishes(t notification.Template, c notification.Channel) *notification.Requested {
	l.sent++
	return &notification.Requested{
		User: l.user.ID, NotificationID: l.id + "-" + string(rune('a'+l.sent)), Channel: c, Template: t, About: l.id,
		ExpiresAt: time.Now().Add(5 * time.Minute), Locale: "en",
	}
}

// writes keeps events in the case's stream, as recovery does, and puts on the bus what the notifier hears of them.
func (l *lost) writes(list ...events.Event) {
	l.t.Helper()
	l.user.Recovery(list...)
	for _, e := range list {
		if n, ok := e.(*notification.Requested); ok {
			l.says(n)
		}
	}
}

// says puts a wish on the bus, as any other worker does.
func (f *fixture) says(n *notification.Requested) {
	f.t.Helper()
	data, _, err := events.Marshal(n)
	if err != nil {
		f.t.Fatal(err)
	}
	f.publishAgain(workertest.Event{Platform: workertest.Acme, UserKey: events.UserKey(workertest.Acme, n.User), Envelope: events.Envelope{
		ID: "wish of " + n.NotificationID, Source: "/countersign/recovery", Type: notification.RequestedType, Time: time.Now(),
		Subject: n.User, CausationID: "x", Data: data,
	}})
}

func (l *lost) link(n uint64) string {
	token := l.user.LinkToken(l.id, n)
	return links.Link{Platform: workertest.Acme, UserKey: l.user.Key, Token: token}.URL(pages).Reveal()
}

func (l *lost) cancelLink() string {
	token := l.user.LinkToken(links.CancelID(l.id), links.CancelSending)
	return links.Link{Platform: workertest.Acme, UserKey: l.user.Key, Token: token, Cancel: true}.URL(pages).Reveal()
}

var selfService = []recovery.Step{recovery.Link, recovery.Text}

func TestTheLinkOfARecoveryIsMailed(t *testing.T) {
	l := loses(t)
	wish := l.wishes(notification.RecoveryLink, notification.Email)
	wish.Locale = "cs"
	l.writes(l.opened(1, selfService...), wish)
	m := l.awaitArrival(mailbox, 1)
	for _, want := range []string{l.link(1), l.cancelLink(), "platí 5 minut"} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("%q lacks %q", m.Text, want)
		}
	}
	if !strings.Contains(m.HTML, `href="`+l.link(1)+`"`) || strings.Contains(m.Subject, "http") {
		t.Errorf("subject %q, HTML %q", m.Subject, m.HTML)
	}
	l.wantEnds(l.id, "sent")
}

func TestTheCodeOfARecoveryIsTextedForItsPagesAlone(t *testing.T) {
	l := loses(t)
	l.writes(l.opened(1, selfService...), l.claimed(1), l.passed(recovery.Link, recovery.Text), l.texted(1),
		l.wishes(notification.RecoveryText, notification.SMS))
	m := l.awaitArrival(number, 1)
	code := l.user.Sent(l.id, 1)
	if !strings.HasSuffix(m.Text, "\n@id.example #"+code) || codeIn(m) != code {
		t.Errorf("arrived %q, want code %s", m.Text, code)
	}
}

func TestNoticesOfARecoveryReachEveryContact(t *testing.T) {
	for _, c := range []struct {
		name     string
		template notification.Template
		given    func(l *lost) []events.Event
		words    string
		cancel   bool
	}{
		{"a case was opened", notification.RecoveryOpened, func(l *lost) []events.Event {
			return []events.Event{l.opened(1, selfService...)}
		}, "remove two-step sign-in", true},
		{"a case was opened that has ended since", notification.RecoveryOpened, func(l *lost) []events.Event {
			return []events.Event{l.opened(1, selfService...), &recovery.Cancelled{Outcome: l.outcome()}}
		}, "support", false},
		{"a case of support was approved", notification.RecoveryApproved, func(l *lost) []events.Event {
			return []events.Event{l.supported(), &recovery.Approved{Outcome: l.outcome()}, l.passed(recovery.Approval, recovery.WaitingPeriod)}
		}, "in 24 hours", true},
		{"a case was completed", notification.RecoveryCompleted, func(l *lost) []events.Event {
			return []events.Event{l.opened(1, recovery.Link), l.claimed(1), l.passed(recovery.Link, ""), &recovery.Completed{Outcome: l.outcome()}}
		}, "every second step", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := loses(t)
			l.writes(append(c.given(l), l.wishes(c.template, notification.Email), l.wishes(c.template, notification.SMS))...)
			for _, to := range []string{mailbox, number} {
				m := l.awaitArrival(to, 1)
				if !mentions(m, c.words) || strings.Contains(m.Text, l.cancelLink()) != c.cancel || strings.Contains(m.Text, "http") != c.cancel {
					t.Errorf("arrived %q, want a cancel link: %v", m.Text, c.cancel)
				}
			}
		})
	}
}

func TestWhatARecoveryNoLongerWaitsForIsNotSent(t *testing.T) {
	for _, c := range []struct {
		name string
		wish notification.Template
		by   notification.Channel
		then func(l *lost) []events.Event // after the wish
	}{
		{"a link that a resend overtook", notification.RecoveryLink, notification.Email, func(l *lost) []events.Event {
			return []events.Event{l.opened(2, selfService...), l.wishes(notification.RecoveryLink, notification.Email)}
		}},
		{"the link of a case that a code has bound to a browser", notification.RecoveryLink, notification.Email, func(l *lost) []events.Event {
			return []events.Event{l.claimed(1), l.passed(recovery.Link, recovery.Text), l.passed(recovery.Text, "")}
		}},
		{"the link of a case that was cancelled", notification.RecoveryLink, notification.Email, func(l *lost) []events.Event {
			return []events.Event{&recovery.Cancelled{Outcome: l.outcome()}}
		}},
		{"a code that a newer one overtook", notification.RecoveryText, notification.SMS, func(l *lost) []events.Event {
			return []events.Event{l.claimed(1), l.passed(recovery.Link, recovery.Text), l.texted(2), l.wishes(notification.RecoveryText, notification.SMS)}
		}},
		{"a code that nobody asked for", notification.RecoveryText, notification.SMS, func(l *lost) []events.Event { return nil }},
		{"a code that was entered", notification.RecoveryText, notification.SMS, func(l *lost) []events.Event {
			return []events.Event{l.claimed(1), l.passed(recovery.Link, recovery.Text), l.texted(1), l.passed(recovery.Text, "")}
		}},
		{"an approval that there is not", notification.RecoveryApproved, notification.Email, func(l *lost) []events.Event { return nil }},
		{"a completion that there is not", notification.RecoveryCompleted, notification.Email, func(l *lost) []events.Event { return nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := loses(t)
			wish := l.wishes(c.wish, c.by)
			l.user.Recovery(l.opened(1, selfService...), wish)
			if then := c.then(l); len(then) > 0 {
				l.user.Recovery(then...)
			}
			l.says(wish)
			l.wantEnds(l.id, "suppressed superseded")
			l.wantArrivals(mailbox, 0)
			l.wantArrivals(number, 0)
		})
	}
}

// Whoever changes a contact while a case is open would have its link.
func TestALinkIsNotMailedToAContactThatTookAnothersPlaceSince(t *testing.T) {
	l := loses(t)
	l.reports(mailbox2, number)
	wish := l.wishes(notification.RecoveryLink, notification.Email)
	l.user.Recovery(l.opened(1, selfService...), wish)
	l.reports("thief@example.org", number)
	l.says(wish)
	l.wantEnds(l.id, "suppressed superseded")
	l.wantArrivals("thief@example.org", 0)
}

func TestACaseThatIsNotThereIsNotWrittenOf(t *testing.T) {
	l := loses(t)
	l.says(l.wishes(notification.RecoveryOpened, notification.Email))
	l.wantEnds(l.id, "suppressed superseded")
}

func TestWithoutPagesANoticeHasNoLink(t *testing.T) {
	l := loses(t, with(func(p *policy.Policy) { p.Recovery.URL = "" }))
	l.writes(l.supported(), &recovery.Approved{Outcome: l.outcome()}, l.passed(recovery.Approval, recovery.WaitingPeriod),
		l.wishes(notification.RecoveryApproved, notification.SMS))
	if m := l.awaitArrival(number, 1); !mentions(m, "tell support") || strings.Contains(m.Text, "http") {
		t.Errorf("arrived %q", m.Text)
	}
}

func TestNoLinkOfARecoveryRestsAnywhere(t *testing.T) {
	l := loses(t, with(func(p *policy.Policy) { p.Code.Digits = 8 }))
	l.mails.Script(relay(451, 4, 3, 0), sink.DropBeforeReply())
	text := l.texted(1)
	text.Digits = 8
	l.writes(l.opened(1, selfService...), l.wishes(notification.RecoveryLink, notification.Email))
	l.awaitArrival(mailbox, 1)
	l.writes(l.claimed(1), l.passed(recovery.Link, recovery.Text), text, l.wishes(notification.RecoveryText, notification.SMS),
		l.wishes(notification.RecoveryOpened, notification.SMS), l.wishes(notification.RecoveryOpened, notification.Email))
	l.awaitArrival(mailbox, 2)
	l.awaitArrival(number, 2)
	canaries := []string{mailbox, number}
	for _, m := range l.arrived(number) {
		if code := codeIn(m); len(code) == 8 {
			canaries = append(canaries, code)
		}
	}
	for _, link := range []string{l.link(1), l.cancelLink()} {
		canaries = append(canaries, link, link[strings.LastIndexByte(link, '/')+1:])
	}
	if len(canaries) != 7 {
		t.Fatalf("searching for %d texts", len(canaries))
	}
	l.SearchFor(canaries...)
}

func TestNoticesReachTheContactsThatAreKept(t *testing.T) {
	l := loses(t)
	words := map[notification.Template]string{
		notification.FactorActivated: "set up", notification.FactorRemoved: "removed", notification.FactorLocked: "wrong codes",
		notification.CodeReused: "twice", notification.RecoveryCodesLow: "recovery codes",
	}
	for template := range words {
		for _, c := range []notification.Channel{notification.Email, notification.SMS} {
			wish := l.wishes(template, c)
			wish.About = string(template)
			l.says(wish)
		}
	}
	for _, to := range []string{mailbox, number} {
		l.awaitArrival(to, len(words)-1)
		l.Quiet()
		for template, said := range words {
			if !slices.ContainsFunc(l.inbox.List(), func(m sink.Message) bool { return m.To == to && mentions(m, said) }) {
				t.Errorf("%s did not reach %s", template, to)
			}
		}
	}
}
