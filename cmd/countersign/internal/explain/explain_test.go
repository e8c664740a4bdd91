package explain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// A fake answers in pages of two events.
type fake struct {
	status guard.UserStatus
	events []json.RawMessage
	err    error
}

func (f fake) UserStatus(context.Context, string) (guard.UserStatus, error) { return f.status, f.err }

func (f fake) UserTimeline(_ context.Context, r guard.UserTimelineRequest) (page guard.UserTimeline, err error) {
	from := 0
	_, _ = fmt.Sscan(r.After, &from)
	to := min(from+2, len(f.events))
	page.Events = f.events[from:to]
	if to < len(f.events) {
		page.Next = fmt.Sprint(to)
	}
	return page, f.err
}

func (f *fake) happens(e events.Event) {
	data, _, err := events.Marshal(e)
	if err != nil {
		panic(err)
	}
	text, err := events.EncodeStructured(events.Envelope{
		ID: fmt.Sprint(len(f.events)), Source: "/countersign/verify", Type: e.EventType(), Time: noon.Add(time.Duration(len(f.events)) * time.Minute), Data: data,
		PolicyHash: policyOf(e),
	})
	if err != nil {
		panic(err)
	}
	f.events = append(f.events, text)
}

// policyOf: the policy has changed before the wait.
func policyOf(e events.Event) string {
	if e.EventType() == guard.FactorLockedType {
		return "fedcba9876543210"
	}
	return "0123456789abcdef"
}

func locked() fake {
	until := noon.Add(2 * time.Minute)
	f := fake{status: guard.UserStatus{
		DefaultFactor: events.TOTP, RecoveryCodesLeft: 7,
		Factors: []guard.FactorStatus{
			{EnrollmentID: "e-1", Factor: events.TOTP, Status: string(enrollment.StatusActive), ActivatedAt: noon.Add(-time.Hour), LockedUntil: until},
			{EnrollmentID: "e-2", Factor: events.SMS, Status: string(enrollment.StatusPending), DestinationHint: "•••• 0199"},
		},
	}}
	f.happens(&guard.ChallengeIssued{User: "u-1", ChallengeID: "c-1", LoginID: "l-1", Factor: events.TOTP, ExpiresAt: noon.Add(10 * time.Minute)})
	f.happens(&guard.AttemptRejected{User: "u-1", ChallengeID: "c-1", LoginID: "l-1", Reason: guard.WrongCode, AttemptsLeft: 1, RetryAt: until})
	f.happens(&guard.FactorLocked{User: "u-1", Factor: events.TOTP, Until: until, Reason: "too_many_wrong_codes"})
	return f
}

func explained(t *testing.T, c Config) string {
	t.Helper()
	var out strings.Builder
	c.Out, c.Platform, c.User, c.Now = &out, "acme", "u-1", noon
	if err := Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestAWaitIsExplained(t *testing.T) {
	const want = `u-1 of acme, 2026-11-21 12:00:00

  The next login is challenged.
  Factor totp (e-1) is active, since 2026-11-21 11:00:00, asked first.
  Factor sms (e-2) is pending, to •••• 0199.
  Codes are not looked at until 2026-11-21 12:02:00, for 2m0s: too many wrong ones lately, by policy fedcba987654. A recovery code is.
  Recovery codes left: 7.

  What happened (3 events)

  2026-11-21 12:00:00  Login l-1 was asked for a code of totp (challenge c-1, until 2026-11-21 12:10:00). From here on policy 0123456789ab counts.
  2026-11-21 12:01:00  A code was refused (wrong code), 1 attempt left; the next is looked at from 2026-11-21 12:02:00.
  2026-11-21 12:02:00  A wait began (too many wrong codes), until 2026-11-21 12:02:00. From here on policy fedcba987654 counts.
`
	if got := explained(t, Config{Ask: locked()}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTheNewestEventsAreToldAlone(t *testing.T) {
	got := explained(t, Config{Ask: locked(), Last: 1})
	if !strings.Contains(got, "2 events before\n  2026-11-21 12:02:00  A wait began") || strings.Contains(got, "l-1") {
		t.Error(got)
	}
}

func TestTheHistoryAsLinesIsWhatWasAnswered(t *testing.T) {
	f := locked()
	lines := strings.Split(strings.TrimSuffix(explained(t, Config{Ask: f, JSON: true}), "\n"), "\n")
	for i, line := range lines {
		if line != string(f.events[i]) {
			t.Errorf("line %d is %s", i, line)
		}
	}
	if len(lines) != len(f.events) {
		t.Errorf("%d lines", len(lines))
	}
}

func TestWhatTheNextLoginMeets(t *testing.T) {
	active := []guard.FactorStatus{{Factor: events.SMS, Status: string(enrollment.StatusActive), Suspended: true}}
	for want, s := range map[string]guard.UserStatus{
		"is waived":      {},
		"must enroll":    {Required: true},
		"is challenged":  {Factors: active},
		"until somebody": {Factors: active},
		"A recovery is open (r-1): waiting; steps approval, waiting_period": {Recovery: &guard.RecoveryStatus{
			RecoveryID: "r-1", State: "waiting", Steps: []string{"approval", "waiting_period"},
		}},
	} {
		if got := strings.Join(standing(s, "", noon), "\n"); !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestAnErasureIsToldWithTheDayWhenItIsComplete(t *testing.T) {
	e := &enrollment.UserErased{User: "u-1", Receipt: enrollment.Receipt{ID: "r-1", ErasedAt: noon, CompleteAt: noon.AddDate(0, 0, 30)}}
	if got, want := sentence(e, noon), "The user was erased (receipt r-1); from 2026-12-21 12:00:00 on no backup brings a key back."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEveryFactHasASentence(t *testing.T) {
	for _, row := range catalog.New().Types() {
		if row.Direction != events.Out {
			continue
		}
		e := row.New()
		if text := sentence(e, noon); !strings.HasSuffix(text, ".") || text == short(e.EventType())+"." {
			t.Errorf("%s: %q", e.EventType(), text)
		}
	}
}

func TestWhatANewerReleaseSaysIsShownByItsName(t *testing.T) {
	f := fake{events: []json.RawMessage{json.RawMessage(
		`{"specversion":"1.0","id":"1","source":"/countersign/verify","type":"countersign.moon.risen.v1","time":"2026-11-21T12:00:00Z","data":{"user":"u-1"}}`)}}
	if got := explained(t, Config{Ask: f}); !strings.Contains(got, "12:00:00  countersign.moon.risen.v1\n") {
		t.Error(got)
	}
}

func TestWhatIsRefusedIsAnError(t *testing.T) {
	refused := &events.Rejection{Code: events.NotAllowed}
	for _, c := range []Config{{Ask: fake{err: refused}}, {Ask: fake{err: refused}, JSON: true}} {
		c.Out, c.User = new(strings.Builder), "u-1"
		if err := Run(t.Context(), c); !errors.Is(err, refused) || !strings.Contains(err.Error(), "u-1") {
			t.Error(err)
		}
	}
}
