package enroll_test

import (
	"encoding/base32"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
)

// oldSeed is what the user's app has from another system.
const oldSeed = "canary of a seed 20b"

// brought asks to make the app active that has seed; it is sealed for the message id.
func (f *fixture) brought(id, seed string, change ...func(*enrollment.ImportRequested)) *enrollment.ImportRequested {
	f.t.Helper()
	e := &enrollment.ImportRequested{
		User: "ann-1", Factor: events.TOTP, Algorithm: enrollment.SHA256, Digits: 8, Period: 60, By: "s1", AccountLabel: events.NewSecret("canary label"),
	}
	e.SealedSeed, e.SealedKeyID = f.seal(enrollment.ImportRequestedType, id, "seed", seed)
	for _, c := range change {
		c(e)
	}
	return e
}

func (f *fixture) imports(id string, e *enrollment.ImportRequested) (*enrollment.Activated, workertest.Event) {
	f.t.Helper()
	answer := f.Ask(e, workertest.ID(id))
	return workertest.As[*enrollment.Activated](f.House, answer), answer
}

func hidesSeed(f *fixture) {
	f.t.Helper()
	f.SearchAllFor(oldSeed, base32.StdEncoding.EncodeToString([]byte(oldSeed)))
	f.SearchFor("canary label")
}

func TestAnImportedAppIsActiveAtOnce(t *testing.T) {
	f := start(t, func(p *policy.Policy) { p.RequireSealed = true; p.TOTP.SecondDevice = true })
	a, answer := f.imports("i1", f.brought("i1", oldSeed))
	if !a.Imported || a.By != "s1" || a.RecoveryCodesSetID == "" || a.EnrollmentID == "" || a.LoginID != "" {
		t.Errorf("activated %+v", a)
	}
	if n := len(follows[*enrollment.RecoveryCodesGenerated](f, answer)); n != 1 {
		t.Errorf("%d sets of recovery codes were made", n)
	}
	if active := f.state().Factors; len(active) != 1 || active[0].Seed == "" || strings.Contains(active[0].Seed, "canary") {
		t.Errorf("left %+v", active)
	}
	f.ann.SteppedUp("l1")
	p, err := f.provisioning(a.EnrollmentID, "l1")
	want := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(oldSeed))
	if err != nil || p.Secret.Reveal() != want || p.Algorithm != enrollment.SHA256 || p.Digits != 8 || p.Period != 60 || !strings.Contains(p.URI.Reveal(), "canary%20label") {
		t.Errorf("shown is %+v, %v", p, err)
	}
	f.ReplayAll()
	hidesSeed(f)
}

// Delivered twice, asked again by a tool that died, or by another one: there is one app, and it is told as it is.
func TestTheSameImportIsMadeOnce(t *testing.T) {
	f := start(t)
	first, answer := f.imports("i1", f.brought("i1", oldSeed))
	f.imports("i1", f.brought("i1", oldSeed)) // sealed anew: it is the same message
	if n := len(workertest.Once(f.Answers("i1"))); n != 1 || answer.Envelope.ID == "" {
		t.Errorf("%d answers to one message", n)
	}
	again, later := f.imports("i2", f.brought("i2", oldSeed))
	if again.EnrollmentID != first.EnrollmentID || again.RecoveryCodesSetID != first.RecoveryCodesSetID || len(f.Following(later)) != 0 {
		t.Errorf("asked again: %+v", again)
	}
	for name, other := range map[string]*enrollment.ImportRequested{
		"i3": f.brought("i3", "another seed, 20 byt"),
		"i4": f.brought("i4", oldSeed, func(e *enrollment.ImportRequested) { e.Period = 30 }),
		"i5": f.brought("i5", oldSeed, func(e *enrollment.ImportRequested) { e.Digits = 6 }),
		"i6": f.brought("i6", oldSeed, func(e *enrollment.ImportRequested) { e.Algorithm = enrollment.SHA1 }),
	} {
		f.refused(other, events.WrongState, workertest.ID(name))
	}
	if active := f.state().Factors; len(active) != 1 || active[0].ID != first.EnrollmentID {
		t.Errorf("left %+v", active)
	}
	f.ReplayAll()
}

// A request that comes after what it was before changes nothing that happened since: a user who removed the app, or was erased, does not get
// it back because a file is read again.
func TestAnImportThatComesLateBringsNothingBack(t *testing.T) {
	f := start(t)
	e := f.brought("i1", oldSeed)
	f.imports("i1", e)
	f.ann.SteppedUp("l1")
	f.Ask(&enrollment.RemovalRequested{User: "ann-1", Factor: enrollment.All, LoginID: "l1", ReauthenticatedAt: time.Now()})
	f.imports("i1", e)
	if active := f.state().Factors; len(active) != 0 {
		t.Errorf("removed, it came back: %+v", active)
	}
	f.Ask(&enrollment.ErasureRequested{User: "ann-1", By: "s1"})
	f.imports("i1", e)
	if s := f.state(); len(s.Factors) != 0 || s.Receipt == nil {
		t.Errorf("erased, it came back: %+v", s)
	}
	f.ReplayAll()
}

func TestWhatAnImportCannotBring(t *testing.T) {
	f := start(t)
	for name, seed := range map[string]string{
		"i1": "9 bytes..", "i2": strings.Repeat("65 bytes.", 8)[:65],
	} {
		if no := f.refused(f.brought(name, seed), events.Invalid, workertest.ID(name)); no.Field != "sealed_seed" {
			t.Errorf("%s is at fault: %s", no.Field, no.Message)
		}
	}
	f.refused(f.brought("i3", oldSeed), events.Invalid, workertest.ID("i4")) // sealed for another message
	f.refused(f.brought("i5", oldSeed, func(e *enrollment.ImportRequested) { e.SealedKeyID = "k" }), events.UnknownKey, workertest.ID("i5"))
	f.imports("i6", f.brought("i6", "ten bytes."))
	f.ann.SteppedUp("l1")
	f.Ask(&enrollment.RemovalRequested{User: "ann-1", Factor: enrollment.All, LoginID: "l1", ReauthenticatedAt: time.Now()})
	f.imports("i7", f.brought("i7", strings.Repeat("64 bytes", 8)))
	f.ReplayAll()
}

func TestContactsAreToldOfAnImport(t *testing.T) {
	f := start(t)
	f.Ask(&enrollment.ContactsReported{User: "ann-1", Email: events.NewSecret(email), Phone: events.NewSecret(phone)})
	_, answer := f.imports("i1", f.brought("i1", oldSeed))
	var channels []notification.Channel
	for _, n := range follows[*notification.Requested](f, answer) {
		if n.Template != notification.FactorActivated {
			t.Errorf("told of %s", n.Template)
		}
		channels = append(channels, n.Channel)
	}
	if !slices.Equal(channels, []notification.Channel{notification.Email, notification.SMS}) {
		t.Errorf("told by %v", channels)
	}
}

// A step that a login used before the app was removed is not used again when the same app comes back.
func TestAnImportSpendsWhatTheGuardAccepted(t *testing.T) {
	f := start(t)
	f.ann.Challenged("l1")
	used := workertest.Step() + 10
	f.ann.Guard(&guard.AttemptAccepted{
		User: "ann-1", ChallengeID: "challenge of l1", LoginID: "l1", Factor: events.TOTP, ExpiresAt: time.Now().Add(time.Minute),
		Record: guard.AttemptAcceptedRecord{EnrollmentID: "gone", Step: used},
	})
	f.imports("i1", f.brought("i1", oldSeed, func(e *enrollment.ImportRequested) { e.Period = 30 }))
	if got := f.state().Factors[0].Step; got != used {
		t.Errorf("spent up to %d, want %d", got, used)
	}
}
