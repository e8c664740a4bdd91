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

func TestAnImportIsActiveAtOnceAndOnce(t *testing.T) {
	e := &enrollment.Activated{User: "u", EnrollmentID: "e1", Factor: events.TOTP, Imported: true, By: "s"}
	e.Record.Key = enrollment.Key{Keyring: "r", Number: 3}
	e.Record.App = &enrollment.ImportedApp{Seed: "sealed", Algorithm: enrollment.SHA256, Digits: 8, Period: 60}
	s := fold(t, enrollment.State{}, noon, created("e2", events.SMS, 1), e)
	a, ok := s.Factor(events.TOTP)
	if !ok || a.ID != "e1" || a.Seed != "sealed" || a.Algorithm != enrollment.SHA256 || a.Digits != 8 || a.Period != 60 || a.Status != enrollment.StatusActive {
		t.Errorf("totp is %+v", a)
	}
	if _, waits := s.Pending(noon); !waits || s.Key.Number != 3 || !s.FirstActivatedAt.Equal(noon) {
		t.Errorf("left %+v", s)
	}
	before := encode(t, s)
	again := &enrollment.Activated{User: "u", EnrollmentID: "e1", Factor: events.TOTP, Imported: true, By: "s"}
	if after := encode(t, fold(t, s, noon.Add(time.Hour), again)); after != before {
		t.Errorf("said again: got %s, want %s", after, before)
	}
	gone := &enrollment.FactorRemoved{Factors: []enrollment.RemovedFactor{{EnrollmentID: "e1"}}, Reason: enrollment.RemovedByUser}
	if text := encode(t, fold(t, s, noon, gone)); strings.Contains(text, "sealed") {
		t.Errorf("the seed of a removed app stays: %s", text)
	}
}

func TestWishesChangeNothing(t *testing.T) {
	s := fold(t, enrollment.State{}, noon, created("e1", events.SMS, 1))
	before := encode(t, s)
	s = fold(t, s, noon.Add(time.Hour), &notification.Requested{User: "u"}, &enrollment.RecoveryCodesRevealed{SetID: "nobody's"})
	if after := encode(t, s); after != before {
		t.Errorf("got %s, want %s", after, before)
	}
}

func TestOfAQuietAnswerOnlyItsTimeIsRemembered(t *testing.T) {
	s := fold(t, enrollment.State{}, noon, created("e1", events.SMS, 1))
	before := encode(t, s)
	for _, e := range []events.Event{
		&events.RequestRejected{User: "u", Code: events.NotAllowed},
		&enrollment.CodeRejected{EnrollmentID: "e1", Reason: enrollment.CodeRateLimited},
		&enrollment.CodeRejected{EnrollmentID: "e1", Reason: enrollment.CodeExpired},
		created("e1", events.SMS, 1), // said again because a resend changed nothing
		removed(enrollment.RemovedByUser),
	} {
		after := fold(t, s, noon.Add(time.Hour), e)
		if last, quiet := after.Quiet(e); !quiet || !last.Equal(noon.Add(time.Hour)) {
			t.Errorf("%s is quiet: %t, at %s", e.EventType(), quiet, last)
		}
		after.QuietAt = time.Time{}
		if encode(t, after) != before {
			t.Errorf("%s leaves %s, want %s", e.EventType(), encode(t, after), before)
		}
	}
	for _, e := range []events.Event{
		&enrollment.CodeRejected{EnrollmentID: "e1", Reason: enrollment.CodeWrong}, created("e1", events.SMS, 2), created("e2", events.SMS, 1),
		removed(enrollment.RemovedByUser, "e1"), removed(enrollment.RemovedByAdmin), &enrollment.RequirementChanged{}, &enrollment.ContactsChanged{},
	} {
		if _, quiet := s.Quiet(e); quiet {
			t.Errorf("%s is quiet", e.EventType())
		}
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

func removed(why enrollment.RemovalReason, ids ...string) *enrollment.FactorRemoved {
	e := &enrollment.FactorRemoved{Factors: []enrollment.RemovedFactor{}, Reason: why}
	for _, id := range ids {
		e.Factors = append(e.Factors, enrollment.RemovedFactor{EnrollmentID: id})
	}
	return e
}

func TestRecoveryCodesStandBesideAFactor(t *testing.T) {
	set := &enrollment.RecoveryCodesGenerated{SetID: "s", Count: 10}
	s := fold(t, enrollment.State{}, noon, created("e1", events.TOTP, 0), activated("e1", events.TOTP, ""), set,
		&enrollment.RecoveryCodesRevealed{SetID: "s", Count: 10}, created("e2", events.SMS, 1), activated("e2", events.SMS, ""))
	if s.RecoveryCodes == nil || !s.RecoveryCodes.RevealedAt.Equal(noon) {
		t.Fatalf("recovery codes are %+v", s.RecoveryCodes)
	}
	if one := fold(t, s, noon, removed(enrollment.RemovedByUser, "e1")); one.RecoveryCodes == nil {
		t.Error("they went with one factor of two")
	}
	if none := fold(t, s, noon, removed(enrollment.RemovedByUser, "e1", "e2")); none.RecoveryCodes != nil {
		t.Error("they stayed without a factor")
	}
	if reset := fold(t, s, noon, removed(enrollment.RemovedByAdmin, "e1")); reset.RecoveryCodes != nil {
		t.Error("a reset left them")
	}
	if recovered := fold(t, s, noon, recovered("r1", noon, "e1")); recovered.RecoveryCodes != nil {
		t.Error("a recovery left them")
	}
	if late := fold(t, s, noon, recovered("r1", noon.Add(-time.Minute), "e1")); late.RecoveryCodes == nil {
		t.Error("a recovery took those that were made after it was through")
	}
}

func recovered(id string, at time.Time, ids ...string) *enrollment.FactorRemoved {
	e := removed(enrollment.RemovedByRecovery, ids...)
	e.RecoveryID, e.Record.CompletedAt = id, at
	return e
}

func TestARecoveryIsRemembered(t *testing.T) {
	s := fold(t, enrollment.State{}, noon, recovered("r1", noon.Add(-time.Minute)), removed(enrollment.RemovedByAdmin))
	if s.Recovered != "r1" || !s.RecoveredAt.Equal(noon.Add(-time.Minute)) {
		t.Errorf("recovered by %q at %s", s.Recovered, s.RecoveredAt)
	}
}

func TestTheNewestKeyIsKnown(t *testing.T) {
	second := enrollment.Key{Keyring: "k1", Number: 2}
	first, other := enrollment.Key{Keyring: "k1", Number: 1}, enrollment.Key{Keyring: "k2", Number: 1}
	secret := created("e1", events.TOTP, 0)
	secret.Record.Key = first
	reset := removed(enrollment.RemovedByAdmin, "e1")
	reset.Record.ReasonKey = second
	email := &enrollment.ContactsChanged{Record: enrollment.ContactsRecord{Email: &enrollment.Contact{Key: first}}}
	s := fold(t, enrollment.State{}, noon, secret, reset, email)
	if s.Key != second {
		t.Errorf("the newest is %+v", s.Key)
	}
	if s = fold(t, s, noon, &enrollment.RecoveryCodesGenerated{SetID: "s", Record: enrollment.CodesRecord{Key: other}}); s.Key != other {
		t.Errorf("of another keyring, the newest is %+v", s.Key)
	}
}

func TestAnErasureLeavesItsReceiptAndWhatIsCounted(t *testing.T) {
	receipt := enrollment.Receipt{ID: "receipt", ErasedAt: noon, CompleteAt: noon.Add(30 * 24 * time.Hour)}
	erased := &enrollment.UserErased{Receipt: receipt, Record: enrollment.ErasedRecord{Keyring: "k1"}}
	must := &enrollment.RequirementChanged{Required: true}
	s := fold(t, enrollment.State{}, noon, created("e1", events.TOTP, 0), activated("e1", events.TOTP, "L"), must,
		&enrollment.ContactsChanged{Record: enrollment.ContactsRecord{Email: &enrollment.Contact{Ciphertext: "c"}}}, erased)
	want := enrollment.State{
		ErasedAt: noon, Receipt: &receipt, ErasedRings: []string{"k1"}, SpentLogins: []enrollment.Spent{{LoginID: "L", At: noon}}, Requests: []time.Time{noon},
	}
	if got := encode(t, s); got != encode(t, want) || !s.Forgotten() {
		t.Errorf("got %s, want %s", got, encode(t, want))
	}
	if s = fold(t, s, noon, must); s.Forgotten() {
		t.Error("a requirement made since is not seen")
	}
	if s = fold(t, s, noon, created("e2", events.TOTP, 0), erased, erased); len(s.ErasedRings) != 3 {
		t.Errorf("%v must stay away", s.ErasedRings)
	}
}

func TestAStateIsBoundedWhateverHappens(t *testing.T) {
	long := strings.Repeat("x", events.MaxID)
	s := enrollment.State{}
	at := noon
	for n := range 100 {
		s = fold(t, s, at, &enrollment.UserErased{Record: enrollment.ErasedRecord{Keyring: long[:120] + strconv.Itoa(n)}})
	}
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
