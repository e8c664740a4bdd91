package main

import (
	"slices"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
)

func guardStream() stream {
	login := fold[guard.State]{guard.Evolve, func(s guard.State, _ time.Time) string {
		l, _ := s.Login(theLogin)
		return string(l.State)
	}}
	return stream{
		Kind: "guard/<userkey>", Owner: "verify", Fold: "guard", knows: login.knows,
		About: "A user's logins, their open challenges, and the wrong codes that make the user wait.",
		machines: []machine{
			login.machine("A login", "As `login.status` tells it by its `login_id`.", loginHistories()),
			fold[guard.State]{guard.Evolve, challengeStatus}.machine("A challenge",
				"Codes are judged for it while it is `open`; `over` is one whose `expires_at` has come before its timer.", challengeHistories()),
			fold[guard.State]{guard.Evolve, lockStatus}.machine("A factor's lock",
				"Of one of the three short codes: `totp`, `email`, `sms`. Whichever was guessed, all are locked.", lockHistories()),
			fold[guard.State]{guard.Evolve, codeStatus}.machine("A recovery code",
				"The seventh of a set, in a login or in a recovery. A new set starts anew.", codeHistories()),
		},
	}
}

func challengeStatus(s guard.State, now time.Time) string {
	if c, open := s.Challenge(theChallenge); open {
		if now.Before(c.ExpiresAt) {
			return "open"
		}
		return "over"
	}
	if l, known := s.LoginOf(theChallenge); known {
		return string(l.State)
	}
	return "none"
}

func codeStatus(s guard.State, _ time.Time) string {
	if _, used := s.UsedCode("set-1", 7); used {
		return "used"
	}
	return "unused"
}

func lockStatus(s guard.State, now time.Time) string {
	switch until, locked := s.Locked(events.TOTP, now); {
	case locked && until.IsZero():
		return "suspended"
	case locked:
		return "waiting"
	}
	return "free"
}

func issued() commit { return at(0, said("challenge.issued"), said("notification.requested")) }

func resent(after time.Duration) commit {
	return at(after, said("challenge.issued", change{"record.sending": 2}), said("notification.requested"))
}

func missed(after time.Duration) commit { return at(after, because("attempt.rejected", "wrong_code")) }

// unjudged is an attempt that cost nothing.
func unjudged(reason string) written {
	return because("attempt.rejected", reason, change{"record.judged": false, "record.counted": false})
}

func outOfAttempts(after time.Duration) commit {
	return at(after, because("attempt.rejected", "wrong_code", change{"attempts_left": 0}), because("challenge.closed", "too_many_attempts"))
}

// overtaken is the challenge of another login that closes the oldest.
func overtaken(after time.Duration) commit {
	other := change{"login_id": anotherLogin, "challenge_id": another}
	return at(after, said("challenge.issued", other), because("challenge.closed", "superseded"))
}

func forgotten() commit {
	return at(90*time.Minute, said("challenge.waived", change{"login_id": anotherLogin})).noted("or any other event, more than an hour later")
}

// answered are attempts at an open challenge that leave it open.
func answered() history {
	uncounted := change{"record.counted": false}
	return history{
		issued(), missed(20 * time.Second), resent(40 * time.Second),
		at(45*time.Second, because("attempt.rejected", "expired", uncounted)), at(46*time.Second, unjudged("locked")),
		at(47*time.Second, because("attempt.rejected", "replayed", uncounted), said("code.reuse_detected")),
		at(time.Minute, said("attempt.accepted")), at(time.Minute, unjudged("closed")),
	}
}

func loginHistories() []history {
	const m = time.Minute
	gone := at(m, unjudged("closed"), because("challenge.closed", "removed"))
	late := at(10*m, because("challenge.closed", "expired"))
	return []history{
		append(answered(), forgotten()),
		{issued(), outOfAttempts(m), at(2*m, unjudged("too_many_attempts")), at(3*m, said("request.rejected")), forgotten()},
		{issued(), late, at(11*m, unjudged("expired"))}, {issued(), overtaken(m)}, {issued(), gone},
		{issued(), at(m, because("attempt.rejected", "wrong_code"), said("factor.locked")), at(m, said("factor.unlocked"))},
		{at(0, said("challenge.waived")), at(m, said("enrollment.required")), at(2*m, said("challenge.waived")), forgotten()},
		{at(0, said("enrollment.required")), at(m, said("enrollment.required")), forgotten()},
		{at(0, said("challenge.waived")), at(m, said("challenge.waived"))},
	}
}

func challengeHistories() []history {
	const m = time.Minute
	return []history{
		{at(0, unjudged("unknown_challenge"))},
		answered(),
		{issued(), comes("`expires_at` has come", 10*m), at(10*m, unjudged("expired")), at(11*m, because("challenge.closed", "expired"))},
		{issued(), outOfAttempts(m), at(2*m, unjudged("too_many_attempts"))},
		{issued(), overtaken(m)},
		{issued(), at(m, unjudged("closed"), because("challenge.closed", "removed"))},
	}
}

func lockHistories() []history {
	const s = time.Second
	locked := at(0, because("attempt.rejected", "wrong_code"), said("factor.locked")).noted("by default from the fifth wrong code of a day on")
	forever := at(0, because("attempt.rejected", "wrong_code"), said("factor.locked", change{"suspended": true, "until": nil})).
		noted("by default at the hundredth in a row")
	refused := at(s, unjudged("locked"))
	other := at(s, said("factor.unlocked", change{"factor": "sms"})).noted("for another factor")
	freed := at(s, said("factor.unlocked"))
	return []history{
		slices.Concat(times(4, missed(-10*s)), history{locked, refused, other, comes("`until` has come", 30*s), at(31*s, said("attempt.accepted"))}),
		{locked, freed}, {forever, at(time.Hour, said("factor.unlocked", change{"reason": "recovered", "by": nil})).noted("a recovery or a reset removed every factor")},
		{forever, refused, comes("a day has passed", 24*time.Hour), freed},
	}
}

func codeHistories() []history {
	byCode := change{"factor": "recovery_code", "record.set_id": "set-1", "record.number": 7}
	opened := history{issued(), at(time.Minute, said("attempt.accepted", byCode))}
	judged := func(verdict string) commit {
		return at(time.Minute, said("recovery_code.judged", change{"verdict": verdict}))
	}
	return []history{
		append(opened, judged("replayed")),
		{judged("wrong_code"), judged("right"), judged("replayed")},
	}
}
