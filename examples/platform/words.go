package platform

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"countersign/examples/platform/internal/live"
	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
)

func factorName(f events.Factor) string {
	switch f {
	case events.TOTP:
		return "Authenticator app"
	case events.Email:
		return "Email"
	case events.SMS:
		return "Text message"
	case events.RecoveryCode:
		return "Recovery code"
	}
	return string(f)
}

// groups writes a secret in fours, for whoever types it.
func groups(secret string) string {
	var parts []string
	for len(secret) > 4 {
		parts, secret = append(parts, secret[:4]), secret[4:]
	}
	return strings.Join(append(parts, secret), " ")
}

// at is a time and how long it is until then.
func at(t, now time.Time) string {
	return fmt.Sprintf("in %s, at %s", live.For(t.Sub(now)), t.Local().Format("15:04:05 MST"))
}

// noAnswer is told where nobody knows what became of a request. It opens nothing.
const noAnswer = "No answer came in time. What holds now is what you see here; please try again."

// refusal says an error of the client for people.
func refusal(err error, now time.Time) string {
	r, ok := errors.AsType[*events.Rejection](err)
	if !ok {
		return noAnswer
	}
	text := refusals[r.Code]
	if text == "" {
		text = "That cannot be done: " + r.Error() + "."
	}
	if r.RetryAt.After(now) {
		text += " Try again " + at(r.RetryAt, now) + "."
	}
	return text
}

var refusals = map[events.Code]string{
	events.RateLimited:           "That was asked for too often.",
	events.OverBudget:            "No more messages can be sent for now.",
	events.TooLate:               "That took too long to arrive, so nothing was done. Please try again.",
	events.StepUpRequired:        "This needs a fresh code. Please start again.",
	events.StaleReauthentication: "Your password was checked too long ago. Please enter it again.",
	events.NotFound:              "That is not there any more. Please start again.",
	events.WrongState:            "That is over already. Please start again.",
	events.NoContact:             "There is no address to send to.",
}

// rejected says why a code was not accepted, and what to do now. left is what the challenge still takes.
func rejected(l client.Login, f events.Factor, now time.Time) string {
	text := rejections[l.Rejected]
	if other := spent[f]; l.Rejected == guard.Replayed && other != "" {
		text = "That code was used already. Each code counts only once: " + other + "."
	}
	if l.Rejected == guard.Locked {
		return locked(l.RetryAt, now)
	}
	if l.AttemptsLeft != nil && *l.AttemptsLeft > 0 {
		text += fmt.Sprintf(" You have %s left.", live.Count(*l.AttemptsLeft, "attempt"))
	}
	return text
}

var rejections = map[guard.RejectReason]string{
	guard.WrongCode:        "That code is wrong.",
	guard.Replayed:         "That code was used already. Each code counts only once: wait until your app shows another.",
	guard.TooOld:           "That code is too old. Ask for another.",
	guard.Closed:           "This sign-in has ended.",
	guard.OutOfAttempts:    "There were too many wrong codes.",
	guard.UnknownChallenge: "This sign-in has ended.",
}

// spent says what to do once a code was used.
var spent = map[events.Factor]string{
	events.Email: "ask for another", events.SMS: "ask for another", events.RecoveryCode: "take another of your recovery codes",
}

func locked(until, now time.Time) string {
	if !until.After(now) {
		return "Codes are not looked at after very many wrong ones, until support unlocks them."
	}
	return "There were too many wrong codes, so codes are not looked at for now. Try again " + at(until, now) + "."
}

// mistaken says why a code did not activate a factor.
func mistaken(e *enrollment.CodeRejected, now time.Time) string {
	switch e.Reason {
	case enrollment.CodeExpired:
		return "That code is too old. Ask for another."
	case enrollment.CodeRateLimited:
		return "There were too many wrong codes today. Try again " + at(e.RetryAt, now) + "."
	}
	text := fmt.Sprintf("That code is wrong. You have %s left.", live.Count(e.AttemptsLeft, "attempt"))
	if e.RetryAt.After(now) {
		text += " The next one is looked at " + at(e.RetryAt, now) + "."
	}
	return text
}
