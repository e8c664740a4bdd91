package verify_test

import (
	"strings"
	"sync"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
)

func byRecoveryCode(user, challenge, code string) *guard.AttemptSubmitted {
	e := attempt(user, challenge, code)
	e.Factor = events.RecoveryCode
	return e
}

// suspended has every short code of the user refused.
func (f *fixture) suspended(user string) {
	f.User(user).Guard(&guard.FactorLocked{User: user, Factor: events.TOTP, Suspended: true, Reason: guard.WrongCodes})
}

func TestARecoveryCodePassesOnceInAnyOrderAndWhileSuspended(t *testing.T) {
	f := start(t)
	ann := f.User("ann-1")
	app := ann.Enrolled(events.TOTP)
	set := ann.Printed("set-1")
	f.suspended("ann-1")
	first, second := f.challenge("ann-1", "l1"), f.challenge("ann-1", "l2")
	if n := len(first.OtherFactors); n != 1 || first.OtherFactors[0].Factor != events.RecoveryCode {
		t.Errorf("offered %v, want recovery_code", first.OtherFactors)
	}
	f.rejected(attempt("ann-1", first.ChallengeID, app.Code(workertest.Step())), guard.Locked)
	typed := " " + strings.ToUpper(strings.ReplaceAll(set.Code(7), "-", "\u2013")) + "\u00a0"
	if a := f.accepted(byRecoveryCode("ann-1", first.ChallengeID, typed)); a.Factor != events.RecoveryCode || a.RecoveryCodesLeft == nil || *a.RecoveryCodesLeft != 9 {
		t.Errorf("accepted with %+v", a)
	}
	f.rejected(byRecoveryCode("ann-1", second.ChallengeID, set.Code(7)), guard.Replayed)
	f.rejected(byRecoveryCode("ann-1", second.ChallengeID, "aaaa-bbbb-cccc-dddd"), guard.WrongCode)
	f.accepted(byRecoveryCode("ann-1", second.ChallengeID, set.Code(2)))
	if u := f.userStatus("ann-1"); u.RecoveryCodesLeft != 8 || !u.Factors[0].Suspended {
		t.Errorf("status %+v", u)
	}
	ann.Printed("set-2")
	if u := f.userStatus("ann-1"); u.RecoveryCodesLeft != 10 {
		t.Errorf("%d of a new set are left", u.RecoveryCodesLeft)
	}
	f.ReplayAll()
	f.SearchFor(set.Code(7), strings.ReplaceAll(set.Code(7), "-", ""))
}

func TestOfRacingRecoveryCodesOneIsAccepted(t *testing.T) {
	f := start(t, with(func(p *policy.Policy) { p.Challenge.Attempts = 1000 }))
	f.Wake("verify", "verify")
	ann := f.User("ann-1")
	ann.Enrolled(events.TOTP)
	set := ann.Printed("set-1")
	challenges := []string{f.challenge("ann-1", "l1").ChallengeID, f.challenge("ann-1", "l2").ChallengeID}
	recovery := f.Elsewhere("recovery")
	var group sync.WaitGroup
	sent := make([]workertest.Sent, racing)
	verdicts := make([]guard.Judgement, racing)
	for i := range sent {
		sent[i] = f.Write(byRecoveryCode("ann-1", challenges[i%2], set.Code(5)))
		group.Go(func() { f.Publish(sent[i]) })
		group.Go(func() {
			q := guard.JudgeRequest{User: "ann-1", ID: sent[i].ID, Code: events.NewSecret(set.Code(5))}
			for recovery.Ask("acme", "recovery_code", "judge", q, &verdicts[i]) != nil && t.Context().Err() == nil {
			}
		})
	}
	group.Wait()
	n := 0
	for i, s := range sent {
		f.Answer(s.ID)
		if verdicts[i].Verdict == guard.VerdictRight {
			n++
		}
	}
	if n += f.passed(); n != 1 {
		t.Errorf("one code was accepted %d times", n)
	}
	f.ReplayAll()
}

func TestWithFewRecoveryCodesLeftTheUserIsTold(t *testing.T) {
	f := start(t, with(func(p *policy.Policy) { p.RecoveryCodes.WarnAt = 8 }))
	ann := f.User("ann-1")
	ann.Enrolled(events.TOTP)
	ann.Enrollment(&enrollment.ContactsChanged{User: "ann-1", EmailHint: "m•••", Record: enrollment.ContactsRecord{Email: &enrollment.Contact{Hint: "m•••", Ciphertext: "x"}}})
	set := ann.Printed("set-1")
	for number := 1; number <= 3; number++ {
		f.accepted(byRecoveryCode("ann-1", f.challenge("ann-1", set.Code(number)[:4]).ChallengeID, set.Code(number)))
	}
	f.Quiet()
	told := workertest.Once(f.Heard(workertest.Of("countersign.notification.requested.v1")))
	if len(told) != 1 {
		t.Fatalf("told %d times", len(told))
	}
	n := told[0].Event.(*notification.Requested)
	if n.Template != notification.RecoveryCodesLow || n.About != "set-1" || n.Channel != notification.Email {
		t.Errorf("told %+v", n)
	}
}

func (f *fixture) judge(id, code string) guard.Judgement {
	f.t.Helper()
	var answer guard.Judgement
	q := guard.JudgeRequest{User: "ann-1", ID: id, Code: events.NewSecret(code)}
	if err := f.Elsewhere("recovery").Ask("acme", "recovery_code", "judge", q, &answer); err != nil {
		f.t.Fatal(err)
	}
	return answer
}

func TestARecoveryIsToldTheSameForEver(t *testing.T) {
	f := start(t)
	ann := f.User("ann-1")
	ann.Enrolled(events.TOTP)
	set := ann.Printed("set-1")
	right := guard.Judgement{Verdict: guard.VerdictRight, CodesLeft: 9}
	if got := f.judge("q1", set.Code(4)); got != right {
		t.Errorf("got %+v", got)
	}
	f.Restart()
	for _, again := range []string{set.Code(4), strings.ToUpper(set.Code(4))} {
		if got := f.judge("q1", again); got != right {
			t.Errorf("the same question again: %+v", got)
		}
	}
	ann.Enrollment(&enrollment.FactorRemoved{User: "ann-1", Factors: []enrollment.RemovedFactor{}, Reason: enrollment.RemovedByRecovery})
	if got := f.judge("q1", set.Code(4)); got != right {
		t.Errorf("the same question when the set is gone: %+v", got)
	}
	if n := len(ann.Commits("guard")); n != 1 {
		t.Errorf("%d commits", n)
	}
}

func TestWhatARecoveryIsTold(t *testing.T) {
	f := start(t)
	ann := f.User("ann-1")
	if got := f.judge("q0", "aaaa-bbbb-cccc-dddd"); got.Verdict != guard.VerdictNoCodes {
		t.Errorf("of a user without codes: %+v", got)
	}
	ann.Enrolled(events.TOTP)
	set := ann.Printed("set-1")
	for _, q := range []struct {
		id, code string
		want     guard.Judgement
	}{
		{"q1", set.Code(1), guard.Judgement{Verdict: guard.VerdictRight, CodesLeft: 9}},
		{"q2", set.Code(1), guard.Judgement{Verdict: guard.VerdictReplayed, CodesLeft: 9}},
		{"q3", "123456", guard.Judgement{Verdict: guard.VerdictWrong, CodesLeft: 9}},
		{"q1", set.Code(2), guard.Judgement{Verdict: guard.VerdictRight, CodesLeft: 8}}, // another code is another question
		{"q1", set.Code(1), guard.Judgement{Verdict: guard.VerdictRight, CodesLeft: 9}},
	} {
		if got := f.judge(q.id, q.code); got != q.want {
			t.Errorf("%s: %+v, want %+v", q.id, got, q.want)
		}
	}
	f.rejected(byRecoveryCode("ann-1", f.challenge("ann-1", "l1").ChallengeID, set.Code(1)), guard.Replayed)
	f.Quiet()
	if n := len(f.Heard(workertest.Of(guard.RecoveryCodeJudgedType))); n != 0 {
		t.Errorf("%d judgements were heard on the bus", n)
	}
	f.SearchFor(set.Code(1), set.Code(2))
}

// In doubt nothing is judged: asked again, it is.
func TestADoubtJudgesNoRecoveryCode(t *testing.T) {
	f := start(t)
	ann := f.User("ann-1")
	ann.Enrolled(events.TOTP)
	set := ann.Printed("set-1")
	recovery := f.Elsewhere("recovery")
	for _, op := range []workertest.Faults{
		broken(workertest.Head, "enrollment"), broken(workertest.Head, "guard"), broken(workertest.Append, "guard"), read("enrollment", newerFold),
	} {
		f.Store.Break(op)
		var answer guard.Judgement
		q := guard.JudgeRequest{User: "ann-1", ID: "q1", Code: events.NewSecret(set.Code(1))}
		if err := recovery.Ask("acme", "recovery_code", "judge", q, &answer); err == nil {
			t.Errorf("in doubt it is %+v", answer)
		}
	}
	f.Store.Mend()
	if got := f.judge("q1", set.Code(1)); got.Verdict != guard.VerdictRight {
		t.Errorf("got %+v", got)
	}
}
