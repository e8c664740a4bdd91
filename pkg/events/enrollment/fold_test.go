package enrollment_test

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
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func fold(t *testing.T, s enrollment.State, at time.Time, list ...events.Event) enrollment.State {
	t.Helper()
	for _, e := range list {
		next, err := enrollment.Evolve(s, e, at)
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

func created(id string, f events.Factor, sending uint64) *enrollment.SecretCreated {
	return &enrollment.SecretCreated{
		User: "u", EnrollmentID: id, Factor: f, Digits: 6, ExpiresAt: noon.Add(24 * time.Hour),
		Record: enrollment.SecretRecord{Key: enrollment.Key{Keyring: "r", Number: 1}, Sending: sending},
	}
}

func activated(id string, f events.Factor, login string) *enrollment.Activated {
	return &enrollment.Activated{User: "u", EnrollmentID: id, Factor: f, LoginID: login}
}

func TestAnEventThatIsNotKnownIsAnError(t *testing.T) {
	owner := fold(t, enrollment.State{}, noon, created("e1", events.TOTP, 0), activated("e1", events.TOTP, ""))
	for _, e := range []events.Event{&enrollment.Requested{}, &notification.Sent{}, &enrollment.ExpiryDue{}} {
		if _, err := enrollment.Evolve(owner, e, noon); !errors.Is(err, events.ErrUnknownType) {
			t.Errorf("%s: %v", e.EventType(), err)
		}
	}
}

func TestAnActivationOfWhatIsNotPendingIsAnError(t *testing.T) {
	s := fold(t, enrollment.State{}, noon, created("e1", events.TOTP, 0))
	if _, err := enrollment.Evolve(s, activated("e2", events.TOTP, ""), noon); err == nil {
		t.Error("e2 became active")
	}
	if _, err := enrollment.Evolve(enrollment.State{}, activated("e1", events.TOTP, ""), noon); err == nil {
		t.Error("e1 became active in an empty stream")
	}
}

func TestAnswersAndWishesChangeNothing(t *testing.T) {
	s := fold(t, enrollment.State{}, noon, created("e1", events.SMS, 1))
	before := encode(t, s)
	s = fold(t, s, noon.Add(time.Hour), &events.RequestRejected{User: "u"}, &notification.Requested{User: "u"},
		created("e1", events.SMS, 1), // said again because a resend changed nothing
		&enrollment.CodeRejected{EnrollmentID: "e1", Reason: enrollment.CodeExpired},
		&enrollment.CodeRejected{EnrollmentID: "e1", Reason: enrollment.CodeRateLimited},
		&enrollment.RecoveryCodesRevealed{SetID: "nobody's"})
	if after := encode(t, s); after != before {
		t.Errorf("got %s, want %s", after, before)
	}
}

func TestAResendIsCountedAndKillsTheFormerCode(t *testing.T) {
	again := created("e1", events.SMS, 2)
	again.Record.NotificationID, again.CodeExpiresAt = "n2", noon.Add(6*time.Minute)
	s := fold(t, fold(t, enrollment.State{}, noon, created("e1", events.SMS, 1)), noon.Add(time.Minute), again)
	p, _ := s.Pending(noon.Add(time.Minute))
	if p.Sending != 2 || p.NotificationID != "n2" || !p.CodeExpiresAt.Equal(again.CodeExpiresAt) || !p.CreatedAt.Equal(noon) {
		t.Errorf("pending is %+v", p)
	}
	if len(s.Resends) != 1 || len(s.Requests) != 1 {
		t.Errorf("%d resends, %d requests", len(s.Resends), len(s.Requests))
	}
}

func TestAPendingEnrollmentEndsWithItsTime(t *testing.T) {
	s := fold(t, enrollment.State{}, noon, created("e1", events.TOTP, 0))
	if _, ok := s.Pending(noon.Add(24*time.Hour - 1)); !ok {
		t.Error("it ended too early")
	}
	if _, ok := s.Pending(noon.Add(24 * time.Hour)); ok {
		t.Error("it goes on")
	}
	if e, ok := s.Enrollment("e1"); !ok || e.Status != enrollment.StatusPending {
		t.Errorf("enrollment is %+v", e)
	}
}

func TestTheNewestFactorIsTheDefault(t *testing.T) {
	s := fold(t, enrollment.State{}, noon, created("e1", events.TOTP, 0), activated("e1", events.TOTP, ""),
		created("e2", events.SMS, 1), activated("e2", events.SMS, ""))
	if d, ok := s.Default(); !ok || d.ID != "e2" {
		t.Errorf("default is %+v", d)
	}
	if a, ok := s.Factor(events.TOTP); !ok || a.ID != "e1" || a.Status != enrollment.StatusActive || !a.ActivatedAt.Equal(noon) {
		t.Errorf("totp is %+v", a)
	}
	if _, ok := s.Factor(events.Email); ok {
		t.Error("there is an email factor")
	}
	if _, ok := (enrollment.State{}).Default(); ok {
		t.Error("nobody has a default")
	}
}

func TestWhoKeepsAListDoesNotShareIt(t *testing.T) {
	s := fold(t, enrollment.State{}, noon, created("e1", events.TOTP, 0), activated("e1", events.TOTP, ""))
	s.Active()[0].ID = "changed"
	if _, ok := s.Enrollment("e1"); !ok {
		t.Error("the state was changed from outside")
	}
}

func TestTwoFuturesOfOneStateDoNotMeet(t *testing.T) {
	s := fold(t, enrollment.State{}, noon,
		created("e1", events.TOTP, 0), activated("e1", events.TOTP, "L1"),
		created("e2", events.SMS, 1), activated("e2", events.SMS, "L2"),
		created("e3", events.Email, 1), activated("e3", events.Email, "L3"), created("e4", events.SMS, 1),
		&enrollment.CodeRejected{EnrollmentID: "e4", Reason: enrollment.CodeWrong})
	before := encode(t, s)
	one := fold(t, s, noon.Add(time.Second), activated("e4", events.SMS, "L4"))
	kept := encode(t, one)
	for _, e := range []events.Event{
		activated("e4", events.SMS, "L5"),
		created("e4", events.SMS, 2),
		created("e5", events.TOTP, 0),
		&enrollment.CodeRejected{EnrollmentID: "e4", Reason: enrollment.CodeWrong},
		&enrollment.Discarded{EnrollmentID: "e4", Reason: enrollment.DiscardExpired},
		&enrollment.FactorRemoved{Factors: []enrollment.RemovedFactor{{EnrollmentID: "e1"}}, Reason: enrollment.RemovedByAdmin},
	} {
		fold(t, s, noon.Add(2*time.Second), e)
		if encode(t, s) != before || encode(t, one) != kept {
			t.Errorf("%s in one future changed what another sees", e.EventType())
		}
	}
}

func TestARequirementDatesFromWhenItWasFirstMade(t *testing.T) {
	must, may := &enrollment.RequirementChanged{Required: true}, &enrollment.RequirementChanged{}
	s := fold(t, fold(t, enrollment.State{}, noon, must), noon.Add(time.Hour), must)
	if !s.Required || !s.RequiredSince.Equal(noon) {
		t.Errorf("required %v since %v", s.Required, s.RequiredSince)
	}
	s = fold(t, s, noon, may)
	if s.Required || !s.RequiredSince.IsZero() {
		t.Errorf("required %v since %v", s.Required, s.RequiredSince)
	}
}

func TestWhoOnceHadAFactorIsKnown(t *testing.T) {
	s := fold(t, enrollment.State{}, noon, created("e1", events.TOTP, 0))
	if !s.FirstActivatedAt.IsZero() {
		t.Error("nothing was activated yet")
	}
	s = fold(t, s, noon, activated("e1", events.TOTP, ""))
	s = fold(t, s, noon.Add(time.Hour), created("e2", events.SMS, 1), activated("e2", events.SMS, ""),
		&enrollment.FactorRemoved{Factors: []enrollment.RemovedFactor{{EnrollmentID: "e1"}, {EnrollmentID: "e2"}}, Reason: enrollment.RemovedByUser})
	if s.HasFactor() || !s.FirstActivatedAt.Equal(noon) {
		t.Errorf("first activated at %v", s.FirstActivatedAt)
	}
}

func TestAResetTakesTheRecoveryCodes(t *testing.T) {
	set := &enrollment.RecoveryCodesGenerated{SetID: "s", Count: 10}
	s := fold(t, enrollment.State{}, noon, created("e1", events.TOTP, 0), activated("e1", events.TOTP, ""), set,
		&enrollment.RecoveryCodesRevealed{SetID: "s", Count: 10})
	if s.RecoveryCodes == nil || !s.RecoveryCodes.RevealedAt.Equal(noon) {
		t.Fatalf("recovery codes are %+v", s.RecoveryCodes)
	}
	gone := []enrollment.RemovedFactor{{EnrollmentID: "e1", Factor: events.TOTP}}
	if user := fold(t, s, noon, &enrollment.FactorRemoved{Factors: gone, Reason: enrollment.RemovedByUser}); user.RecoveryCodes == nil {
		t.Error("a user's own removal took them")
	}
	for _, why := range []enrollment.RemovalReason{enrollment.RemovedByAdmin, enrollment.RemovedByRecovery} {
		if reset := fold(t, s, noon, &enrollment.FactorRemoved{Factors: gone, Reason: why}); reset.RecoveryCodes != nil {
			t.Errorf("%s left them", why)
		}
	}
}

func TestAnErasureLeavesNothing(t *testing.T) {
	s := fold(t, enrollment.State{}, noon, created("e1", events.TOTP, 0), activated("e1", events.TOTP, "L"),
		&enrollment.ContactsChanged{Record: enrollment.ContactsRecord{Email: &enrollment.Contact{Ciphertext: "c"}}},
		&enrollment.UserErased{})
	if got, want := encode(t, s), encode(t, enrollment.State{ErasedAt: noon}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAStateIsBoundedWhateverHappens(t *testing.T) {
	long := strings.Repeat("x", events.MaxID)
	s := enrollment.State{}
	at := noon
	for n := range 2000 {
		id := long[:120] + strconv.Itoa(n)
		at = at.Add(20 * time.Second)
		c := &enrollment.Contact{Ciphertext: strings.Repeat("c", 600), Hint: long}
		secret := created(id, events.TOTP, 0)
		secret.Record.To, secret.Record.Email, secret.Record.Phone, secret.Record.SpentLogin = c, c, c, id
		s = fold(t, s, at, secret, &enrollment.CodeRejected{EnrollmentID: id, Reason: enrollment.CodeWrong},
			&enrollment.ContactsChanged{Record: enrollment.ContactsRecord{Email: c, Phone: c, EmailNotice: id, PhoneNotice: id}},
			&enrollment.Discarded{EnrollmentID: id, Reason: enrollment.DiscardReplaced})
	}
	if size := len(encode(t, s)); size > 64<<10 {
		t.Errorf("the state has %d bytes", size)
	}
	if len(s.Misses) != enrollment.MaxTimes || len(s.Requests) != enrollment.MaxTimes {
		t.Errorf("%d wrong codes and %d requests are remembered", len(s.Misses), len(s.Requests))
	}
	if len(s.SpentLogins) != int(enrollment.SpentLife/(20*time.Second)) {
		t.Errorf("%d logins are remembered", len(s.SpentLogins))
	}
}
