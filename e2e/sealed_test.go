package e2e_test

import (
	"context"
	"encoding/base32"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/e2e/stranger"
	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/workertest"
)

// Of a platform that seals everything it can, nothing is found on a bus that is not encrypted: in no message, commit, log, metric or span, and in no file,
// also while it waits there. What people write about a recovery has no sealed field: it is in what the platform sends, and nowhere else.
func TestWithSealedInputNothingIsFoundOnABusThatIsNotEncrypted(t *testing.T) {
	t.Parallel()
	ctx, r := within(t, 2*patient), newSealedRun(t)
	r.sent(ctx, events.Email, stranger.NewID("jane-")+"@example.org")
	r.sent(ctx, events.SMS, "+49151"+digits(8))
	lost := r.reachable(ctx)
	codes := r.printed(ctx, lost)
	r.app(ctx, lost, codes[0])
	r.lost(ctx, lost, codes[1])
	words := r.support(ctx)
	r.SearchAllFor(r.secrets...)
	r.SearchFor(words...)

	r.Drain()
	waits := newUser()
	r.waiting(ctx, waits)
	r.SearchFilesFor(waits, r.secrets...)
}

// sent is a factor whose codes are sent, and a login with one.
func (r *sealedRun) sent(ctx context.Context, f events.Factor, to string) {
	r.t.Helper()
	r.hide(to, strings.TrimPrefix(to, "+"))
	user := newUser()
	e := &enrollment.Requested{User: user, Factor: f, ReauthenticatedAt: time.Now(), Email: events.NewSecret(to)}
	if f == events.SMS {
		e.Email, e.Phone = e.Phone, e.Email
	}
	created, err := r.Enroll(ctx, e)
	r.must(err)
	_, err = r.Confirm(ctx, &enrollment.CodeSubmitted{User: user, EnrollmentID: created.EnrollmentID, Code: r.code(ctx, to)})
	r.must(err)
	l, err := r.Login(ctx, &guard.LoginStarted{User: user, LoginID: stranger.NewID("")})
	r.must(err)
	l, err = r.Attempt(ctx, &guard.AttemptSubmitted{User: user, ChallengeID: l.ChallengeID, Code: r.code(ctx, to)})
	if r.must(err); !l.Passed(time.Now()) {
		r.t.Fatalf("got %+v", l)
	}
}

func (r *sealedRun) reachable(ctx context.Context) reachable {
	r.t.Helper()
	who := reach(ctx, r.t, r.Client)
	r.hide(who.email, who.phone, who.phone[1:], who.app.Code(who.step))
	return who
}

// app is a login with a code of the app, whose seed is a secret in both spellings, and one with a recovery code.
func (r *sealedRun) app(ctx context.Context, who reachable, printed string) {
	r.t.Helper()
	seed, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(who.app.Secret)
	r.must(err)
	r.hide(string(seed), who.app.Secret)
	for factor, code := range map[events.Factor]string{events.TOTP: who.app.Code(who.step + 1), events.RecoveryCode: printed} {
		r.hide(code)
		l := who.challengedAs(ctx, r.t, r.Client, stranger.NewID(""))
		l, err := r.Attempt(ctx, &guard.AttemptSubmitted{User: who.user, ChallengeID: l.ChallengeID, Factor: factor, Code: events.NewSecret(code)})
		if r.must(err); !l.Passed(time.Now()) {
			r.t.Fatalf("%s: got %+v", factor, l)
		}
	}
}

// printed are the user's recovery codes; secrets as they are printed and as they are typed.
func (r *sealedRun) printed(ctx context.Context, who reachable) (codes []string) {
	r.t.Helper()
	revealed, err := r.RevealRecoveryCodes(ctx, who.user, who.codes)
	r.must(err)
	for _, c := range revealed.Codes {
		codes = append(codes, c.Reveal())
		r.hide(c.Reveal(), strings.ReplaceAll(c.Reveal(), "-", ""))
	}
	return codes
}

// lost is a recovery by the user, typed on pages: link, cookie, texted code, a wrong one, and a recovery code.
func (r *sealedRun) lost(ctx context.Context, who reachable, printed string) {
	r.t.Helper()
	l := who.challengedAs(ctx, r.t, r.Client, stranger.NewID(""))
	_, err := r.Recover(ctx, &recovery.Requested{User: who.user, LoginID: l.LoginID, ReauthenticatedAt: time.Now()})
	r.must(err)
	link := r.letter(ctx, who.email, recoveryLink)
	r.hide(last(link), last(r.letter(ctx, who.phone, cancelLink)))
	g := newGuest(r.t)
	g.open(ctx, link)
	g.send(ctx, "", nil)
	for _, c := range g.cookies() {
		r.hide(last(strings.ReplaceAll(c, ".", "/")))
	}
	g.send(ctx, "/case/text", nil)
	code := r.code(ctx, who.phone).Reveal()
	wrong := strings.Repeat("9", len(code))
	r.hide(wrong)
	g.send(ctx, "/case/code", url.Values{"code": {wrong}})
	g.send(ctx, "/case/code", url.Values{"code": {code}})
	g.send(ctx, "/case/recovery-code", url.Values{"code": {strings.ToLower(printed)}})
	r.hide(strings.ToLower(printed))
	r.Await("the factor is removed", 1, workertest.Of(enrollment.FactorRemovedType))
}

// support is a recovery in people's own words, which it returns.
func (r *sealedRun) support(ctx context.Context) []string {
	r.t.Helper()
	who, why, note := r.reachable(ctx), stranger.NewID("shown-a-passport-"), stranger.NewID("called-back-")
	opened, err := r.RecoverBySupport(ctx, &recovery.SupportRequested{User: who.user, By: "staff-7", Reason: events.NewSecret(why), CaseRef: "T-1"})
	r.must(err)
	_, err = r.Approve(ctx, &recovery.ApprovalGiven{User: who.user, RecoveryID: opened.RecoveryID, By: "staff-8", Note: events.NewSecret(note)})
	r.must(err)
	r.hide(last(r.letter(ctx, who.email, cancelLink)))
	return []string{why, note}
}

// waiting is sealed input that nobody handles: it lies in a file of the bus.
func (r *sealedRun) waiting(ctx context.Context, user string) {
	r.t.Helper()
	soon, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	email, phone := stranger.NewID("zoe-")+"@example.org", "+49151"+digits(8)
	r.hide(email, phone, phone[1:])
	if _, err := r.Ask(soon, &enrollment.ContactsReported{User: user, Email: events.NewSecret(email), Phone: events.NewSecret(phone)}); err == nil {
		r.t.Error("somebody has answered")
	}
}
