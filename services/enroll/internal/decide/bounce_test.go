package decide_test

import (
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
	"countersign/services/enroll/internal/decide"
)

// mail is a message that was sent at a time since noon.
func mail(sent time.Duration, kept bool, factors ...string) decide.Message {
	return decide.Message{Channel: notification.Email, NotificationID: "n1", SentAt: noon.Add(sent), Kept: kept, EnrollmentIDs: factors}
}

func text(sent time.Duration, kept bool, factors ...string) decide.Message {
	m := mail(sent, kept, factors...)
	m.Channel = notification.SMS
	return m
}

func bounced(m decide.Message) decide.Input { return decide.Bounced{Request: asks, Message: m} }
func arrived(m decide.Message) decide.Input { return decide.Arrived{Request: asks, Message: m} }

// cameBack is the mark of a mail, or text, that was sent at a time and came back a minute later.
func cameBack(c notification.Channel, sent time.Duration, kept bool, factors ...string) []past {
	return []past{{sent + minute, &enrollment.ContactsBounced{
		User: user, NotificationID: "n0", Channel: c, SentAt: noon.Add(sent), Kept: kept, EnrollmentIDs: factors,
	}}}
}

func TestContactsThatMessagesComeBackFrom(t *testing.T) {
	mailbox := history(kept(-2*hour, events.Email), activated(-hour, "e1", events.Email))
	number := history(kept(-2*hour, events.SMS), activated(-hour, "e1", events.SMS))
	run(t, []scenario{
		{
			name:  "the contact that is kept and the factor whose codes go there are marked",
			given: mailbox,
			when:  bounced(mail(-minute, true, "e1")),
			then:  says("bounced email, kept e1"),
		},
		{
			name:  "a factor that has an address of its own is marked alone",
			given: mailbox,
			when:  bounced(mail(-minute, false, "e1")),
			then:  says("bounced email e1"),
		},
		{
			name:  "what is marked stays as it is",
			given: history(mailbox, cameBack(notification.Email, -30*minute, true, "e1")),
			when:  bounced(mail(-minute, true, "e1")),
		},
		{
			name:  "a message to another address marks nothing",
			given: mailbox,
			when:  bounced(mail(-minute, false)),
		},
		{
			name:  "nor does one that was sent before the contact was reported anew",
			given: kept(-hour, events.Email),
			when:  bounced(mail(-2*hour, true)),
		},
		{
			name:  "nor one to a factor that is gone",
			given: kept(-2*hour, events.Email),
			when:  bounced(mail(-minute, false, "e1")),
		},
		{
			name: "nor one that did not come back for good",
			when: decide.Bounced{Request: asks},
		},
		{
			name:  "a later message that arrives takes the marks away",
			given: history(number, cameBack(notification.SMS, -30*minute, true, "e1")),
			when:  arrived(text(-minute, true, "e1")),
			then:  says("reached sms, kept e1"),
		},
		{
			name:  "an earlier one that arrives late does not",
			given: history(number, cameBack(notification.SMS, -30*minute, true, "e1")),
			when:  arrived(text(-40*minute, true, "e1")),
		},
		{
			name:  "one that arrives where nothing is marked changes nothing",
			given: number,
			when:  arrived(text(-minute, true, "e1")),
		},
		{
			name:  "a contact that is reported once more is marked no longer, nor is the factor that the same message came back from",
			given: history(kept(-2*hour, events.Email), activated(-hour, "e1", events.Email), cameBack(notification.Email, -30*minute, true, "e1")),
			when: decide.ContactsReported{
				Request: asks, Email: &decide.Named{Contact: *contact(events.Email), Same: true}, Login: acceptedAt("L", 0),
			},
			then: says("contacts j•••@example.org , spends L", "reached email, kept e1"),
		},
	})
}

func TestAnotherContactIsNotMarked(t *testing.T) {
	s := fold(t, history(kept(-hour, events.Email), cameBack(notification.Email, -30*minute, true)))
	if b := s.Email.Bounce; b == nil || !b.At.Equal(noon.Add(-29*minute)) {
		t.Fatalf("marked %+v", b)
	}
	changed := decide.ContactsReported{Request: asks, Email: &decide.Named{Contact: another(events.Email)}}
	d, no := decide.Decide(s, changed, under(nil), noon)
	if no != nil {
		t.Fatal(no)
	}
	if s = after(t, s, d, noon); s.Email.Bounce != nil {
		t.Errorf("still marked %+v", s.Email.Bounce)
	}
}

// The code that is entered arrived.
func TestACodeShowsThatItsContactCanBeReached(t *testing.T) {
	marked := history(kept(-hour, events.Email), cameBack(notification.Email, -30*minute, true))
	for name, c := range map[string]struct {
		given []past
		gone  bool
	}{
		"the kept one":                       {history(marked, pending(-minute, "e1", events.Email)), true},
		"another one than is kept since":     {history(pending(-2*hour, "e1", events.Email), marked), false},
		"another kind of factor":             {history(marked, pending(-minute, "e1", events.SMS)), false},
		"a factor that no message comes for": {history(marked, pending(-minute, "e1", events.TOTP)), false},
	} {
		w := newWalk(t)
		w.state = fold(t, c.given)
		p := w.state.Open
		p.CodeExpiresAt = noon.Add(minute)
		if p.Factor == events.TOTP {
			w.do(submit("e1", fits(100)))
		} else {
			w.do(submit("e1", fitsSent))
		}
		if gone := w.state.Email.Bounce == nil; gone != c.gone {
			t.Errorf("%s: the mark is gone: %v, want %v", name, gone, c.gone)
		}
	}
}
