package enroll_test

import (
	"encoding/base32"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/seal"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/totp"
	"countersign/pkg/worker/workertest"
)

func (f *fixture) provisioning(enrollmentID, login string) (p enrollment.Provisioning, err error) {
	q := enrollment.ProvisioningRequest{User: "ann-1", EnrollmentID: enrollmentID, LoginID: login}
	return p, f.RPC("enrollment", "provisioning", q, &p)
}

// codeAt is what an app shows at a time step that was given the secret.
func (f *fixture) codeAt(p enrollment.Provisioning, step uint64) string {
	f.t.Helper()
	seed, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(p.Secret.Reveal())
	if err != nil {
		f.t.Fatal(err)
	}
	return totp.Code(seed, step, totp.Options{Algorithm: p.Algorithm, Digits: p.Digits, Period: time.Duration(p.Period) * time.Second}).Reveal()
}

func TestTheSeedOfAPendingEnrollmentIsShown(t *testing.T) {
	f := start(t)
	e := requested(events.TOTP)
	e.AccountLabel = events.NewSecret("canary label")
	c := f.created(e)
	first, err := f.provisioning(c.EnrollmentID, "")
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.provisioning(c.EnrollmentID, "")
	if err != nil || !again.Secret.Equal(first.Secret) || first.URI.IsZero() || first.QRPNG.IsZero() {
		t.Errorf("shown again: %v", err)
	}
	f.activated(submitted(c.EnrollmentID, f.codeAt(first, workertest.Step())))
	f.SearchFor(first.Secret.Reveal())
	f.SearchFor("canary label")
	if _, err := f.provisioning("unknown", ""); workertest.RefusedWith(err) != events.NotFound {
		t.Errorf("an unknown enrollment: %v", err)
	}
}

func TestTheSeedOfAnActiveFactorCostsAStepUp(t *testing.T) {
	f := start(t)
	app := f.ann.Enrolled(events.TOTP)
	f.ann.SteppedUp("l1")
	if _, err := f.provisioning(app.ID, ""); workertest.RefusedWith(err) != events.StepUpRequired {
		t.Errorf("without a step-up: %v", err)
	}
	first, err := f.provisioning(app.ID, "l1")
	if err != nil {
		t.Fatal(err)
	}
	if step := workertest.Step(); f.codeAt(first, step) != app.Code(step) {
		t.Error("another seed was shown")
	}
	before := len(f.ann.Commits("enrollment"))
	if again, err := f.provisioning(app.ID, "l1"); err != nil || !again.Secret.Equal(first.Secret) { // the reply was lost
		t.Errorf("again: %v", err)
	}
	if n := len(f.ann.Commits("enrollment")); n != before {
		t.Errorf("the second showing made %d commits", n-before)
	}
	remove := &enrollment.RemovalRequested{User: "ann-1", Factor: enrollment.All, LoginID: "l1", ReauthenticatedAt: time.Now()}
	f.refused(remove, events.StepUpRequired) // it is spent
	f.Store.Break(workertest.Faults{Before: workertest.On(workertest.Append, "enrollment")})
	f.ann.SteppedUp("l2")
	if _, err := f.provisioning(app.ID, "l2"); workertest.RefusedWith(err) != "unavailable" {
		t.Errorf("shown before it is kept: %v", err)
	}
	f.Store.Mend()
	f.SearchFor(first.Secret.Reveal())
}

func TestAFactorThatSendsItsCodesHasNoSeedToShow(t *testing.T) {
	f := start(t)
	c := f.created(requested(events.SMS))
	if _, err := f.provisioning(c.EnrollmentID, ""); workertest.RefusedWith(err) != events.WrongState {
		t.Errorf("got %v", err)
	}
}

func TestPublicKeysAreThoseThatOpen(t *testing.T) {
	f := start(t)
	var keys enrollment.PublicKeys
	if err := f.RPC("keys", "public", enrollment.PublicKeysRequest{}, &keys); err != nil || len(keys.Keys) == 0 {
		t.Fatalf("%d keys, %v", len(keys.Keys), err)
	}
	k := keys.Keys[0]
	if k.Suite != seal.Suite || time.Until(k.NotAfter) < 5*24*time.Hour {
		t.Errorf("the first key is %+v", k)
	}
	public, err := base64.StdEncoding.DecodeString(k.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	place := seal.Place{Platform: workertest.Acme, User: "ann-1", Type: enrollment.ContactsReportedType, ID: "e1", Field: "email"}
	sealed, err := seal.Seal(public, place, events.NewSecret(email))
	if err != nil {
		t.Fatal(err)
	}
	e := &enrollment.ContactsReported{User: "ann-1", SealedEmail: sealed, SealedKeyID: k.KeyID}
	workertest.As[*enrollment.ContactsChanged](f.House, f.Ask(e, workertest.ID("e1")))
	f.refused(e, events.Invalid, workertest.ID("e2")) // it was sealed for another message
}

func (f *fixture) seal(kind, id, field, text string) (sealed, key string) {
	f.t.Helper()
	public := f.PublicKey()
	place := seal.Place{Platform: workertest.Acme, User: "ann-1", Type: kind, ID: id, Field: field}
	sealed, err := seal.Seal(public.Key, place, events.NewSecret(text))
	if err != nil {
		f.t.Fatal(err)
	}
	return sealed, public.KeyID
}

// Where everything is sealed, no address, number, label or code is to be found anywhere, and each opens with the user's key.
func TestWhatIsSealedIsSeenNowhere(t *testing.T) {
	f := start(t, func(p *policy.Policy) { p.RequireSealed = true })
	f.refused(requested(events.Email), events.Invalid)
	e := &enrollment.Requested{User: "ann-1", Factor: events.Email, ReauthenticatedAt: time.Now()}
	e.SealedEmail, e.SealedKeyID = f.seal(enrollment.RequestedType, "r1", "email", "sue.canary@example.org")
	e.SealedPhone, _ = f.seal(enrollment.RequestedType, "r1", "phone", "+15005550123")
	c := workertest.As[*enrollment.SecretCreated](f.House, f.Ask(e, workertest.ID("r1")))
	right := f.code(events.Email, c.EnrollmentID, 1)
	f.refused(submitted(c.EnrollmentID, right), events.Invalid)
	code := &enrollment.CodeSubmitted{User: "ann-1", EnrollmentID: c.EnrollmentID}
	code.SealedCode, code.SealedKeyID = f.seal(enrollment.CodeSubmittedType, c.EnrollmentID, "code", right)
	f.activated(code)
	s := f.state()
	if got := f.ann.Open("email", s.Email.Ciphertext); got != "sue.canary@example.org" {
		t.Errorf("the address opens as %q", got)
	}
	if got := f.ann.Open("phone", s.Phone.Ciphertext); got != "+15005550123" {
		t.Errorf("the number opens as %q", got)
	}
	f.ReplayAll()
	f.SearchAllFor("sue.canary@example.org", "sue.canary", "+15005550123")
}

// Everything that can come sealed must, where policy says so.
func TestNothingThatCanBeSealedComesInClear(t *testing.T) {
	f := start(t, func(p *policy.Policy) { p.RequireSealed = true })
	mail, number := events.NewSecret(email), events.NewSecret(phone)
	for field, e := range map[string]events.Event{
		"a reported email": &enrollment.ContactsReported{User: "ann-1", Email: mail},
		"a reported phone": &enrollment.ContactsReported{User: "ann-1", Phone: number},
		"a named email":    &enrollment.Requested{User: "ann-1", Factor: events.TOTP, Email: mail, ReauthenticatedAt: time.Now()},
		"a named phone":    &enrollment.Requested{User: "ann-1", Factor: events.SMS, Phone: number, ReauthenticatedAt: time.Now()},
		"a code":           submitted("e1", "123456"),
	} {
		if no := f.refused(e, events.Invalid); !strings.HasSuffix(field, no.Field) {
			t.Errorf("%s: %s is at fault", field, no.Field)
		}
	}
	both := &enrollment.ContactsReported{User: "ann-1", Phone: number}
	both.SealedEmail, both.SealedKeyID = f.seal(enrollment.ContactsReportedType, "c1", "email", email)
	f.refused(both, events.Invalid, workertest.ID("c1")) // one sealed field does not open the door to another
	f.SearchFor(email, phone)
}

// What a platform sends in clear rests nowhere once it is handled.
func TestWhatIsSentInClearIsHiddenByEnroll(t *testing.T) {
	f := start(t)
	must := false
	for _, e := range []events.Event{
		&enrollment.ContactsReported{User: "ann-1", Email: events.NewSecret(email), Phone: events.NewSecret(phone)},
		&enrollment.ContactsReported{User: "ann-1", Email: events.NewSecret("second.canary@example.org")},
		&enrollment.ResetRequested{User: "ann-1", By: "s1", Reason: events.NewSecret("canary reason"), Required: &must},
	} {
		if code := workertest.Refused(f.Ask(e)); code != "" {
			t.Errorf("%s is refused with %s", e.EventType(), code)
		}
	}
	f.refused(&enrollment.ContactsReported{User: "ann-1", Email: events.NewSecret("canary without at")}, events.Invalid)
	f.ReplayAll()
	f.SearchFor(email, phone, "second.canary", "canary reason", "canary without at")
}

// What is enrolled after a reset follows from keys that nothing followed from before; a reset that comes again makes no more.
func TestAResetBringsNewKeys(t *testing.T) {
	f := start(t)
	f.Ask(&enrollment.ContactsReported{User: "ann-1", Email: events.NewSecret(email)})
	old := f.ann.Ref()
	reset := &enrollment.ResetRequested{User: "ann-1", By: "s1", Reason: events.NewSecret("canary reason")}
	for n := range 2 {
		workertest.As[*enrollment.FactorRemoved](f.House, f.Ask(reset))
		f.ReplayAll()
		if now := f.ann.Ref(); now.Keyring != old.Keyring || now.Number < old.Number+n+1 {
			t.Errorf("after %d resets the keys are %+v, before they were %+v", n+1, now, old)
		}
	}
	c := f.created(requested(events.TOTP))
	f.activated(submitted(c.EnrollmentID, f.code(events.TOTP, c.EnrollmentID, 0)))
	s := f.state()
	if s.Factors[0].Key.Number < old.Number+2 || s.Email.Key.Number != old.Number {
		t.Errorf("the app is under %+v, the address under %+v", s.Factors[0].Key, s.Email.Key)
	}
	if answer := f.Ask(&enrollment.ContactsReported{User: "ann-1", Email: events.NewSecret(email), LoginID: "none"}); workertest.Refused(answer) != events.StepUpRequired {
		t.Errorf("the address that is kept cannot be compared any more: %s", answer.Envelope.Data)
	}
}
