package recovery_test

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func fold(t *testing.T, s recovery.State, at time.Time, list ...events.Event) recovery.State {
	t.Helper()
	for _, e := range list {
		next, err := recovery.Evolve(s, e, at)
		if err != nil {
			t.Fatal(err)
		}
		s = next
	}
	return s
}

func encode(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func opened(id string, sending uint64, steps ...recovery.Step) *recovery.Opened {
	if len(steps) == 0 {
		steps = []recovery.Step{recovery.Link, recovery.Text, recovery.Captcha}
	}
	return &recovery.Opened{
		User: "u", RecoveryID: id, Steps: steps, LinkExpiresAt: noon.Add(5 * time.Minute), ExpiresAt: noon.Add(30 * time.Minute),
		Record: recovery.OpenedRecord{LoginID: "l", Key: enrollment.Key{Keyring: "r", Number: 1}, Sending: sending, ResendAt: noon},
	}
}

func supported(id string) *recovery.ApprovalRequired {
	return &recovery.ApprovalRequired{
		User: "u", RecoveryID: id, RequestedBy: "s", Reason: recovery.BySupport, CaseRef: "t", ExpiresAt: noon.Add(time.Hour),
		Record: recovery.ApprovalRecord{Steps: []recovery.Step{recovery.Approval, recovery.WaitingPeriod}, Reason: "ciphertext"},
	}
}

func claimed(id string, n uint64) *recovery.Claimed {
	return &recovery.Claimed{User: "u", RecoveryID: id, Claim: n, Sending: 1}
}

func passed(id string, claim uint64, step recovery.Step) *recovery.StepPassed {
	return &recovery.StepPassed{User: "u", RecoveryID: id, Step: step, Record: recovery.StepPassedRecord{Claim: claim}}
}

func texted(id string, n uint64) *recovery.TextSent {
	return &recovery.TextSent{User: "u", RecoveryID: id, Claim: 1, Sending: n, Digits: 6}
}

func missed(id string, step recovery.Step) *recovery.CodeMissed {
	return &recovery.CodeMissed{User: "u", RecoveryID: id, Claim: 1, Step: step}
}

func noticed(about, id string, t notification.Template) *notification.Requested {
	return &notification.Requested{User: "u", NotificationID: id, Channel: notification.Email, Template: t, About: about}
}

func outcome(id, reason string) recovery.Outcome {
	return recovery.Outcome{User: "u", RecoveryID: id, Reason: reason}
}

func completed(id string) *recovery.Completed { return &recovery.Completed{Outcome: outcome(id, "")} }

func cancelled(id, reason string) *recovery.Cancelled {
	return &recovery.Cancelled{Outcome: outcome(id, reason)}
}

// through is a case with every step passed.
func through(id string) []events.Event {
	return []events.Event{
		opened(id, 1), claimed(id, 1), passed(id, 1, recovery.Link), texted(id, 1), passed(id, 1, recovery.Text), passed(id, 1, recovery.Captcha),
	}
}

func TestAnEventThatIsNotKnownIsAnError(t *testing.T) {
	for _, e := range []events.Event{&recovery.Requested{}, &recovery.ExpiryDue{}, &enrollment.Activated{}, &notification.Sent{}} {
		if _, err := recovery.Evolve(recovery.State{}, e, noon); !errors.Is(err, events.ErrUnknownType) {
			t.Errorf("%s: %v", e.EventType(), err)
		}
	}
}

func TestAnEventOfAnotherUserIsAnError(t *testing.T) {
	s := fold(t, recovery.State{}, noon, opened("r", 1))
	if _, err := recovery.Evolve(s, &recovery.Claimed{User: "v", RecoveryID: "r", Claim: 1}, noon); err == nil {
		t.Error("it was taken")
	}
}

func TestWhatTheStateRulesOutIsAnError(t *testing.T) {
	link := []events.Event{opened("r", 1), claimed("r", 1), passed("r", 1, recovery.Link)}
	for name, c := range map[string]struct {
		given []events.Event
		when  events.Event
	}{
		"a step before its turn":               {link, passed("r", 1, recovery.Captcha)},
		"a step passed twice":                  {link, passed("r", 1, recovery.Link)},
		"a step of a former claim":             {append(link, claimed("r", 2)), passed("r", 1, recovery.Link)},
		"a step of another case":               {link, passed("other", 1, recovery.Text)},
		"a claim that leaves one out":          {link, claimed("r", 3)},
		"a claim that comes twice":             {link, claimed("r", 1)},
		"a claim of a case that is bound":      {through("r"), claimed("r", 2)},
		"a completion without every step":      {link, completed("r")},
		"a completion of a case without steps": {[]events.Event{&recovery.Opened{User: "u", RecoveryID: "r"}}, completed("r")},
		"a completion of nothing":              {nil, completed("r")},
		"a completion that comes twice":        {append(through("r"), completed("r")), completed("r")},
		"a completion after a cancellation":    {append(through("r"), cancelled("r", "support")), completed("r")},
		"a cancellation after a completion":    {append(through("r"), completed("r")), cancelled("r", "support")},
		"an approval before its turn":          {link, &recovery.Approved{Outcome: outcome("r", "")}},
		"a wait for an approval out of turn":   {link, &recovery.ApprovalRequired{User: "u", RecoveryID: "r", Reason: recovery.ByPolicy}},
		"a text of a case that has ended":      {append(link, cancelled("r", "contact")), texted("r", 1)},
	} {
		s := fold(t, recovery.State{}, noon, c.given...)
		if next, err := recovery.Evolve(s, c.when, noon); err == nil || encode(t, next) != encode(t, s) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestACaseThatPassedEveryStepCompletes(t *testing.T) {
	s := fold(t, recovery.State{}, noon, through("r")...)
	if r, _ := s.Recovery("r"); r.Next() != "" || r.Status() != recovery.CaseOpen || s.Completed("r") {
		t.Errorf("before: %+v", r)
	}
	s = fold(t, s, noon, completed("r"))
	if r, ok := s.Recovery("r"); !ok || s.Open != nil || r.Status() != recovery.CaseCompleted || !r.Over(noon) || !s.Completed("r") || s.Completed("other") {
		t.Errorf("after: %+v", r)
	}
}

func TestAClaimVoidsWhatWasPassedBefore(t *testing.T) {
	s := fold(t, recovery.State{}, noon, opened("r", 1, recovery.Link, recovery.Captcha, recovery.Approval, recovery.WaitingPeriod, recovery.Text),
		claimed("r", 1), passed("r", 1, recovery.Link), passed("r", 1, recovery.Captcha),
		&recovery.ApprovalRequired{User: "u", RecoveryID: "r", Reason: recovery.ByPolicy}, &recovery.Approved{Outcome: outcome("r", "")},
		&recovery.StepPassed{User: "u", RecoveryID: "r", Step: recovery.Approval, CompletesAt: noon.Add(time.Hour)})
	if r := s.Open; r.Status() != recovery.CaseWaiting || !r.CompletesAt.Equal(noon.Add(time.Hour)) || !r.HasPassed(recovery.Approval) {
		t.Fatalf("before: %+v", r)
	}
	s = fold(t, s, noon, claimed("r", 2))
	if r := s.Open; r.Next() != recovery.Link || r.HasPassed(recovery.Link) || !r.CompletesAt.IsZero() || r.Claim != 2 || r.Link.Claims != 2 {
		t.Errorf("after: %+v", r)
	}
}

func TestARightCodeBindsTheCase(t *testing.T) {
	for _, step := range []recovery.Step{recovery.Text, recovery.RecoveryCode} {
		s := fold(t, recovery.State{}, noon, opened("r", 1, recovery.Link, step, recovery.Captcha), claimed("r", 1), passed("r", 1, recovery.Link))
		if s.Open.Bound {
			t.Errorf("bound before %s", step)
		}
		if s = fold(t, s, noon, passed("r", 1, step)); !s.Open.Bound {
			t.Errorf("not bound after %s", step)
		}
	}
}

func TestAResendMakesTheFormerLinkOld(t *testing.T) {
	s := fold(t, recovery.State{}, noon, opened("r", 1), claimed("r", 1))
	s = fold(t, s, noon.Add(time.Minute), opened("r", 2))
	if r := s.Open; r.Link.Sending != 2 || r.Link.Claims != 0 || r.Claim != 1 || len(s.Openings) != 2 || !r.OpenedAt.Equal(noon) {
		t.Errorf("after: %+v", s)
	}
}

func TestWrongCodesCountForTheirSendingAndForTheUser(t *testing.T) {
	s := fold(t, recovery.State{}, noon, opened("r", 1), texted("r", 1), missed("r", recovery.Text), missed("r", recovery.Text), missed("r", recovery.RecoveryCode))
	if s.Open.Text.Wrong != 2 || s.Open.MissedCodes != 1 || len(s.Misses) != 3 {
		t.Fatalf("counted %+v", s)
	}
	s = fold(t, s, noon.Add(time.Minute), texted("r", 2))
	if s.Open.Text.Wrong != 0 || s.Open.MissedCodes != 1 || len(s.Misses) != 3 || len(s.Texts) != 2 {
		t.Errorf("after another text: %+v", s)
	}
	s = fold(t, s, noon.Add(25*time.Hour), missed("r", recovery.Text))
	if len(s.Misses) != 1 {
		t.Errorf("a day later %d are remembered", len(s.Misses))
	}
}

func TestANewCaseTakesThePlaceOfTheOpenOne(t *testing.T) {
	for name, c := range map[string]struct {
		end  events.Event
		want recovery.CaseState
	}{
		"replaced": {cancelled("r1", recovery.CancelledReplaced), recovery.CaseCancelled},
		"expired":  {&recovery.Expired{Outcome: outcome("r1", "")}, recovery.CaseExpired},
	} {
		for _, newer := range []events.Event{opened("r2", 1), supported("r2")} {
			s := fold(t, recovery.State{}, noon, opened("r1", 1), newer, noticed("r2", "n", notification.RecoveryOpened), c.end)
			r1, ok := s.Recovery("r1")
			if !ok || r1.Status() != c.want || s.Open == nil || s.Open.ID != "r2" || len(s.Past) != 1 {
				t.Errorf("%s: %+v", name, s)
			}
			if _, err := recovery.Evolve(s, c.end, noon.Add(time.Second)); err == nil {
				t.Errorf("%s: it ended twice", name)
			}
		}
	}
}

func TestACaseOfSupportIsSaidAgainWithoutChange(t *testing.T) {
	s := fold(t, recovery.State{}, noon, supported("r"))
	if r := s.Open; r.Support == nil || r.Support.Reason != "ciphertext" || r.Next() != recovery.Approval || r.Status() != recovery.CaseApproval {
		t.Fatalf("open is %+v", r)
	}
	if again := fold(t, s, noon.Add(time.Minute), supported("r")); encode(t, again) != encode(t, s) {
		t.Errorf("got %s", encode(t, again))
	}
}

func TestTheNewestMessageOfAKindIsKnown(t *testing.T) {
	s := fold(t, recovery.State{}, noon, opened("r", 1), noticed("r", "n1", notification.RecoveryLink), noticed("r", "n2", notification.RecoveryOpened),
		noticed("r", "n3", notification.RecoveryLink), noticed("other", "n4", notification.RecoveryLink))
	s = fold(t, fold(t, s, noon, through("r")[1:]...), noon, completed("r"), noticed("r", "n5", notification.RecoveryCompleted))
	r, _ := s.Recovery("r")
	for template, want := range map[notification.Template]string{
		notification.RecoveryLink: "n3", notification.RecoveryOpened: "n2", notification.RecoveryCompleted: "n5", notification.RecoveryText: "",
	} {
		if got := r.Newest(template, notification.Email); got != want {
			t.Errorf("%s: %q, want %q", template, got, want)
		}
	}
	if r.Newest(notification.RecoveryLink, notification.SMS) != "" {
		t.Error("a mail was taken for a text")
	}
}

func TestACaseThatWaitsDoesNotExpire(t *testing.T) {
	s := fold(t, recovery.State{}, noon, supported("r"))
	if s.Open.Over(noon.Add(time.Hour-1)) || !s.Open.Over(noon.Add(time.Hour)) {
		t.Error("before the approval it expires at its time")
	}
	s = fold(t, s, noon, &recovery.StepPassed{User: "u", RecoveryID: "r", Step: recovery.Approval, CompletesAt: noon.Add(24 * time.Hour)})
	if s.Open.Over(noon.Add(time.Hour)) || s.Open.Over(noon.Add(25*time.Hour)) {
		t.Error("while it waits it is over")
	}
}

func TestAStepCanGiveTheCaseMoreTime(t *testing.T) {
	step := passed("r", 1, recovery.Link)
	step.Record.ExpiresAt = noon.Add(7 * 24 * time.Hour)
	if s := fold(t, recovery.State{}, noon, opened("r", 1), claimed("r", 1), step); !s.Open.ExpiresAt.Equal(step.Record.ExpiresAt) {
		t.Errorf("it expires at %s", s.Open.ExpiresAt)
	}
}

func TestTwoFuturesOfOneStateDoNotMeet(t *testing.T) {
	proof := passed("r2", 1, recovery.Captcha)
	proof.Record.Proof = "p"
	s := fold(t, recovery.State{}, noon, append(through("r1"), completed("r1"), opened("r2", 1, recovery.Link, recovery.Captcha, recovery.Text),
		claimed("r2", 1), passed("r2", 1, recovery.Link), noticed("r2", "n1", notification.RecoveryLink), texted("r2", 1), missed("r2", recovery.Text))...)
	before := encode(t, s)
	one := fold(t, s, noon.Add(time.Second), proof, noticed("r1", "n2", notification.RecoveryCompleted))
	kept := encode(t, one)
	for _, e := range []events.Event{
		proof, claimed("r2", 2), texted("r2", 2), missed("r2", recovery.Text), cancelled("r2", "contact"), opened("r3", 1), supported("r3"),
		opened("r2", 2), noticed("r2", "n3", notification.RecoveryLink), noticed("r1", "n4", notification.RecoveryCompleted),
		&recovery.CaptchaFailed{User: "u", RecoveryID: "r2", Claim: 1}, &events.RequestRejected{User: "u"},
	} {
		fold(t, s, noon.Add(2*time.Second), e)
		if encode(t, s) != before || encode(t, one) != kept {
			t.Errorf("%s in one future changed what another sees", e.EventType())
		}
	}
}

func TestACompletionIsRememberedLongerThanOtherEnds(t *testing.T) {
	s := fold(t, recovery.State{}, noon, append(through("r"), completed("r"))...)
	for n := range 100 {
		s = fold(t, s, noon, opened(strconv.Itoa(n), 1), cancelled(strconv.Itoa(n), "contact"))
	}
	if _, known := s.Recovery("r"); known || !s.Completed("r") {
		t.Errorf("known %v, completed %v", known, s.Completed("r"))
	}
}

func TestAStateIsBoundedWhateverHappens(t *testing.T) {
	long := strings.Repeat("x", events.MaxID-5)
	s, at := recovery.State{}, noon
	cipher := strings.Repeat("c", 2000)
	for n := range 300 {
		id := long + strconv.Itoa(n)
		at = at.Add(time.Second)
		o := opened(id, 1, recovery.Link, recovery.Captcha, recovery.Text, recovery.RecoveryCode, recovery.Approval, recovery.WaitingPeriod)
		o.Record.LoginID, o.Record.Key.Keyring = id, id
		s = fold(t, s, at, o)
		for c := range uint64(40) {
			proof := passed(id, c+1, recovery.Captcha)
			proof.Record.Proof = long + strconv.Itoa(int(c))
			s = fold(t, s, at, claimed(id, c+1), passed(id, c+1, recovery.Link), proof, texted(id, c+1), missed(id, recovery.Text),
				missed(id, recovery.RecoveryCode), noticed(id, id, notification.Template(long[:60]+strconv.Itoa(int(c)))))
		}
		if n%2 == 0 {
			s = fold(t, s, at, passed(id, 40, recovery.Text), passed(id, 40, recovery.RecoveryCode), passed(id, 40, recovery.Approval),
				passed(id, 40, recovery.WaitingPeriod), completed(id))
		}
		ask := supported(id + "s")
		ask.RequestedBy, ask.CaseRef, ask.Record.Reason, ask.Record.Key.Keyring = long, long, cipher, id
		s = fold(t, s, at, ask)
	}
	if size := len(encode(t, s)); size > 64<<10 {
		t.Errorf("the state has %d bytes", size)
	}
	if len(s.Misses) != recovery.MaxTimes || len(s.Openings) != recovery.MaxTimes || len(s.Texts) != recovery.MaxTimes {
		t.Errorf("%d wrong codes, %d openings, %d texts are remembered", len(s.Misses), len(s.Openings), len(s.Texts))
	}
}

func TestOfAQuietAnswerOnlyItsTimeIsRemembered(t *testing.T) {
	s := fold(t, recovery.State{}, noon, opened("r", 1), claimed("r", 1))
	for _, e := range []events.Event{&events.RequestRejected{User: "u", Code: events.RateLimited}, opened("r", 1)} {
		after := fold(t, s, noon.Add(time.Hour), e)
		if last, quiet := after.Quiet(e); !quiet || !last.Equal(noon.Add(time.Hour)) {
			t.Errorf("%s is quiet: %t, at %s", e.EventType(), quiet, last)
		}
		if after.QuietAt = (time.Time{}); encode(t, after) != encode(t, s) {
			t.Errorf("%s leaves %s", e.EventType(), encode(t, after))
		}
	}
	for _, e := range []events.Event{opened("r", 2), opened("other", 1), missed("r", recovery.Text), supported("r")} {
		if _, quiet := s.Quiet(e); quiet {
			t.Errorf("%s is quiet: %s", e.EventType(), encode(t, e))
		}
	}
}
