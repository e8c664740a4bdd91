package live

import (
	"fmt"
	"strings"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
)

const (
	good = "good"
	bad  = "bad"

	unknown = "Something happened that this page has no words for. Platforms ignore what they do not know."
)

// words says in a sentence or two what an event means, and whether it is good or bad news.
func words(e events.Event, at time.Time) (text, tone string) {
	for _, say := range []func(events.Event, time.Time) (string, string){
		toldGuard, guardSaid, guardRefused, toldEnrollment, enrollmentSaid, enrollmentEnded, notified,
		toldRecovery, recoverySaid, recoveryEnded,
	} {
		if text, tone := say(e, at); text != "" {
			return text, tone
		}
	}
	if r, ok := e.(*events.RequestRejected); ok {
		return fmt.Sprintf("Refused the request: %s.", r.Rejection()), bad
	}
	return unknown, ""
}

func toldGuard(e events.Event, _ time.Time) (string, string) {
	switch e := e.(type) {
	case *guard.LoginStarted:
		return began(e), ""
	case *guard.AttemptSubmitted:
		return "Passed on the code that you typed. Only verify judges it.", ""
	case *guard.ResendRequested:
		if e.Factor != "" {
			return "Asked to go on with another factor: " + Named(e.Factor) + ".", ""
		}
		return "Asked for a new code. The one sent before dies.", ""
	case *guard.UnlockRequested:
		return "Asked to end the wait.", ""
	}
	return "", ""
}

func began(e *guard.LoginStarted) string {
	text := "The password is right. Asked for the second factor"
	if e.Purpose == guard.ForStepUp {
		text = "You are about to change something. Asked that you prove once more who you are"
	}
	if e.Factor != "" {
		text += ", with the wish for " + Named(e.Factor)
	}
	return text + "."
}

func guardSaid(e events.Event, at time.Time) (string, string) {
	switch e := e.(type) {
	case *guard.ChallengeIssued:
		return challenged(e, at), ""
	case *guard.ChallengeWaived:
		return fmt.Sprintf("Waived the second factor: you have none. The answer counts for %s.", For(e.ExpiresAt.Sub(at))), good
	case *guard.ChallengeClosed:
		return "Closed the challenge: " + closings[e.Reason] + ".", ""
	case *guard.EnrollmentRequired:
		return "This login needs a second factor, and you have none yet.", bad
	case *guard.AttemptAccepted:
		return accepted(e, at), good
	case *guard.FactorUnlocked:
		return "Ended the wait: codes are looked at again.", good
	}
	return "", ""
}

func accepted(e *guard.AttemptAccepted, at time.Time) string {
	what := "open your session"
	if e.Purpose == guard.ForStepUp {
		what = "ask for one change with it"
	}
	return fmt.Sprintf("Accepted the code. Within %s the platform may %s.", For(e.ExpiresAt.Sub(at)), what)
}

func challenged(e *guard.ChallengeIssued, at time.Time) string {
	text := "Asks for a code from " + Named(e.Factor)
	switch {
	case guard.Sent(e.Factor) && e.CodeExpiresAt.IsZero():
		text = fmt.Sprintf("Asks for a code by %s to %s, which is not sent for now", Named(e.Factor), e.DestinationHint)
	case guard.Sent(e.Factor):
		text = fmt.Sprintf("Asks for the code sent by %s to %s, good for %s", Named(e.Factor), e.DestinationHint, For(e.CodeExpiresAt.Sub(at)))
	}
	if e.RetryAt.After(at) {
		text += fmt.Sprintf(", and looks at none for %s", For(e.RetryAt.Sub(at)))
	}
	return fmt.Sprintf("%s. The challenge lives %s and takes %s.", text, For(e.ExpiresAt.Sub(at)), Count(e.AttemptsLeft, "attempt"))
}

var closings = map[guard.CloseReason]string{
	guard.Expired:         "its time was over",
	guard.TooManyAttempts: "too many wrong codes",
	guard.Recovered:       "the account was recovered",
	guard.Removed:         "its factor is gone",
	guard.Erased:          "the user was erased",
	guard.Superseded:      "newer ones took its place",
}

func guardRefused(e events.Event, at time.Time) (string, string) {
	switch e := e.(type) {
	case *guard.AttemptRejected:
		return rejected(e, at), bad
	case *guard.FactorLocked:
		if e.Suspended {
			return "Suspended your codes after very many wrong ones, until somebody unlocks them.", bad
		}
		return fmt.Sprintf("Looks at no code for %s: too many wrong ones. Guessing gets slower each time.", For(e.Until.Sub(at))), bad
	case *guard.CodeReuseDetected:
		return "Noticed that a code which opened one login was tried in another: somebody may have seen it.", bad
	}
	return "", ""
}

func rejected(e *guard.AttemptRejected, at time.Time) string {
	text := "Refused the code: " + refusals[e.Reason]
	if e.RetryAt.After(at) {
		text += fmt.Sprintf("; the next one is looked at in %s", For(e.RetryAt.Sub(at)))
	}
	if e.AttemptsLeft > 0 {
		text += fmt.Sprintf(". %s left", Count(e.AttemptsLeft, "attempt"))
	}
	return text + "."
}

var refusals = map[guard.RejectReason]string{
	guard.WrongCode:        "it is wrong",
	guard.Replayed:         "it is right, but was used before. A code is accepted at most once",
	guard.TooOld:           "its time is over",
	guard.Closed:           "the challenge has ended",
	guard.OutOfAttempts:    "the challenge has no attempts left",
	guard.Locked:           "codes are not looked at during a wait",
	guard.UnknownChallenge: "there is no such challenge",
}

func toldEnrollment(e events.Event, _ time.Time) (string, string) {
	switch e := e.(type) {
	case *enrollment.Requested:
		return "Asked for a new factor: " + Named(e.Factor) + ".", ""
	case *enrollment.ResendRequested:
		return "Asked to send the activation code once more.", ""
	case *enrollment.CodeSubmitted:
		return "Passed on the code that is to activate the factor.", ""
	case *enrollment.RecoveryCodesRequested:
		return "Asked for new recovery codes, with the login that proved who you are. Those before die.", ""
	case *enrollment.RemovalRequested:
		return "Asked to remove a factor, with the login that proved who you are. It is spent by this.", ""
	}
	return "", ""
}

func enrollmentSaid(e events.Event, at time.Time) (string, string) {
	switch e := e.(type) {
	case *enrollment.SecretCreated:
		if e.Factor == events.TOTP {
			return "Prepared a secret for an authenticator app. The secret itself is in no event: it is fetched by a question, and follows from your key.", ""
		}
		return fmt.Sprintf("Waits for the code that goes to %s. It is good for %s.", e.DestinationHint, For(e.CodeExpiresAt.Sub(at))), ""
	case *enrollment.CodeRejected:
		return fmt.Sprintf("Did not accept the code (%s). %s left.", mistakes[e.Reason], Count(e.AttemptsLeft, "attempt")), bad
	case *enrollment.Activated:
		return "Activated " + Named(e.Factor) + " as a second factor. From now on a password alone opens nothing.", good
	case *enrollment.ContactsChanged:
		return "Keeps where to reach you, readable with your key alone.", ""
	case *enrollment.RequirementChanged:
		return "Settled whether you must have a second factor.", ""
	}
	return "", ""
}

var mistakes = map[enrollment.CodeReason]string{
	enrollment.CodeWrong:       "it is wrong",
	enrollment.CodeExpired:     "its time is over",
	enrollment.CodeRateLimited: "there were too many wrong ones today",
}

func enrollmentEnded(e events.Event, _ time.Time) (string, string) {
	switch e := e.(type) {
	case *enrollment.Discarded:
		return "Dropped the factor that waited for its code (" + string(e.Reason) + ").", ""
	case *enrollment.FactorRemoved:
		if len(e.Factors) == 0 {
			return "There was no factor to remove.", ""
		}
		return "Removed " + list(e.Factors) + " from your factors.", good
	case *enrollment.RecoveryCodesGenerated:
		return fmt.Sprintf("Made %s. They follow from your key and are in no event.", Count(e.Count, "recovery code")), ""
	case *enrollment.RecoveryCodesRevealed:
		return "Showed the recovery codes. In ten minutes nobody can see them any more.", ""
	case *enrollment.UserErased:
		return "Deleted your keys: nothing kept of you can be read any more.", good
	}
	return "", ""
}

func notified(e events.Event, _ time.Time) (string, string) {
	switch e := e.(type) {
	case *notification.Requested:
		return fmt.Sprintf("Wants %s sent to you: %s. What it says is not in this event: the notifier writes it at the moment it sends.",
			message(e.Channel), strings.ReplaceAll(string(e.Template), "_", " ")), ""
	case *notification.Sent:
		return "Handed " + message(e.Channel) + " over to " + provider(e.Provider) + ".", good
	case *notification.Delivered:
		return "The provider says that " + message(e.Channel) + " arrived.", good
	case *notification.Failed:
		return "Could not send " + message(e.Channel) + " (" + string(e.Reason) + ").", bad
	case *notification.Suppressed:
		return "Did not send " + message(e.Channel) + ", because nobody would be served by it any more.", ""
	}
	return "", ""
}
