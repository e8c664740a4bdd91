package notifier_test

import (
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/seal"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
)

// hides seals a field that stands under an id.
func (f *fixture) hides(user, kind, id, field, text string) (sealed, key string) {
	f.t.Helper()
	public := f.PublicKey()
	place := seal.Place{Platform: workertest.Acme, User: user, Type: kind, ID: id, Field: field}
	sealed, err := seal.Seal(public.Key, place, events.NewSecret(text))
	if err != nil {
		f.t.Fatal(err)
	}
	return sealed, public.KeyID
}

// Of a platform that seals everything nothing is found: in no message, commit, log, metric, and in no file of a bus that is not encrypted, also
// while it waits there. Codes have eight digits, because six are found in some time of the day by chance.
func TestWhatIsSealedRestsNowhereOnABusThatIsNotEncrypted(t *testing.T) {
	f := start(t, with(func(p *policy.Policy) { p.RequireSealed, p.Code.Digits = true, 8 }))
	mail := &enrollment.Requested{User: "ann-1", Factor: events.Email, ReauthenticatedAt: time.Now()}
	mail.SealedEmail, mail.SealedKeyID = f.hides("ann-1", enrollment.RequestedType, "r1", "email", mailbox)
	mail.SealedPhone, _ = f.hides("ann-1", enrollment.RequestedType, "r1", "phone", number)
	e := workertest.As[*enrollment.SecretCreated](f.House, f.Ask(mail, workertest.ID("r1")))
	first := codeIn(f.awaitArrival(mailbox, 1))
	code := &enrollment.CodeSubmitted{User: "ann-1", EnrollmentID: e.EnrollmentID}
	code.SealedCode, code.SealedKeyID = f.hides("ann-1", enrollment.CodeSubmittedType, e.EnrollmentID, "code", first)
	workertest.As[*enrollment.Activated](f.House, f.Ask(code))
	c := f.challenged("ann-1", "l1")
	second := codeIn(f.awaitArrival(mailbox, 2))
	typed := &guard.AttemptSubmitted{User: "ann-1", ChallengeID: c.ChallengeID}
	typed.SealedCode, typed.SealedKeyID = f.hides("ann-1", guard.AttemptSubmittedType, c.ChallengeID, "code", second)
	workertest.As[*guard.AttemptAccepted](f.House, f.Ask(typed))
	f.SearchAllFor(mailbox, number, first, second)

	f.Drain()
	waits := &enrollment.ContactsReported{User: "zoe-waits"}
	waits.SealedEmail, waits.SealedKeyID = f.hides("zoe-waits", enrollment.ContactsReportedType, "r2", "email", mailbox)
	f.Send(waits, workertest.ID("r2"))
	typed.User = "zoe-waits"
	f.Send(typed)
	f.SearchFilesFor("zoe-waits", mailbox, number, first, second)
}
