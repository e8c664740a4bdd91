package explain

import (
	"fmt"
	"strings"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
)

// sentence says what an event means; by its name where there is nothing to add.
func sentence(e events.Event, at time.Time) string {
	for _, say := range []func(events.Event, time.Time) string{ofLogins, ofAttempts, ofFactors, ofUser, ofRecovery, ofMessages} {
		if text := say(e, at); text != "" {
			return text + "."
		}
	}
	if r, ok := e.(*events.RequestRejected); ok {
		return fmt.Sprintf("%s was refused: %s.", short(r.Type), r.Rejection())
	}
	return short(e.EventType()) + "."
}

func ofLogins(e events.Event, at time.Time) string {
	switch e := e.(type) {
	case *guard.ChallengeIssued:
		return challenged(e, at)
	case *guard.ChallengeWaived:
		return fmt.Sprintf("Login %s was waived (%s)", e.LoginID, e.Reason)
	case *guard.ChallengeClosed:
		return fmt.Sprintf("Challenge %s of login %s was closed: %s", e.ChallengeID, e.LoginID, spaced(string(e.Reason)))
	case *guard.EnrollmentRequired:
		return fmt.Sprintf("Login %s was told to enroll a factor first", e.LoginID) + when(e.MayContinue, "; it could go on meanwhile")
	}
	return ""
}

func challenged(e *guard.ChallengeIssued, at time.Time) string {
	text := fmt.Sprintf("Login %s was asked for a code of %s (challenge %s, until %s)", e.LoginID, e.Factor, e.ChallengeID, stamp(e.ExpiresAt))
	if e.DestinationHint != "" {
		text += " at " + e.DestinationHint
	}
	return text + when(e.RetryAt.After(at), "; none was looked at until "+stamp(e.RetryAt))
}

func ofAttempts(e events.Event, at time.Time) string {
	switch e := e.(type) {
	case *guard.AttemptAccepted:
		return fmt.Sprintf("A code of %s was accepted for login %s", e.Factor, e.LoginID)
	case *guard.AttemptRejected:
		text := fmt.Sprintf("A code was refused (%s), %s left", spaced(string(e.Reason)), count(e.AttemptsLeft, "attempt"))
		return text + when(e.RetryAt.After(at), "; the next is looked at from "+stamp(e.RetryAt))
	case *guard.FactorLocked:
		if e.Suspended {
			return fmt.Sprintf("Codes were suspended (%s)", spaced(string(e.Reason)))
		}
		return fmt.Sprintf("A wait began (%s), until %s", spaced(string(e.Reason)), stamp(e.Until))
	case *guard.FactorUnlocked:
		return "The wait was ended" + by(e.By)
	case *guard.CodeReuseDetected:
		return fmt.Sprintf("A code of %s that opened login %s was tried in login %s", e.Factor, e.FirstLoginID, e.LoginID)
	}
	return ""
}

func ofFactors(e events.Event, _ time.Time) string {
	switch e := e.(type) {
	case *enrollment.SecretCreated:
		return fmt.Sprintf("Enrollment %s of %s began; it waits for its first code until %s", e.EnrollmentID, e.Factor, stamp(e.ExpiresAt))
	case *enrollment.CodeRejected:
		return fmt.Sprintf("A code for enrollment %s was refused (%s), %s left", e.EnrollmentID, spaced(string(e.Reason)), count(e.AttemptsLeft, "attempt"))
	case *enrollment.Activated:
		return fmt.Sprintf("Factor %s (%s) became active", e.Factor, e.EnrollmentID) + when(e.LoginID != "", ", in login "+e.LoginID) +
			when(e.Imported, ", brought from another system"+by(e.By))
	case *enrollment.Discarded:
		return fmt.Sprintf("Enrollment %s was dropped: %s", e.EnrollmentID, spaced(string(e.Reason)))
	case *enrollment.FactorRemoved:
		return removed(e)
	}
	return ""
}

func removed(e *enrollment.FactorRemoved) string {
	if len(e.Factors) == 0 {
		return fmt.Sprintf("There was no factor to remove (%s)", e.Reason)
	}
	var names []string
	for _, f := range e.Factors {
		names = append(names, fmt.Sprintf("%s (%s)", f.Factor, f.EnrollmentID))
	}
	return fmt.Sprintf("Removed by %s: %s", e.Reason, strings.Join(names, ", "))
}

func ofUser(e events.Event, _ time.Time) string {
	switch e := e.(type) {
	case *enrollment.RecoveryCodesGenerated:
		return fmt.Sprintf("%s were made (set %s)", count(e.Count, "recovery code"), e.SetID)
	case *enrollment.RecoveryCodesRevealed:
		return fmt.Sprintf("The recovery codes of set %s were shown", e.SetID)
	case *enrollment.RequirementChanged:
		return "A factor is " + when(!e.Required, "no longer ") + "required" + by(e.By)
	case *enrollment.ContactsChanged:
		return "Contacts were changed: " + strings.Join(present(e.EmailHint, e.PhoneHint), ", ")
	case *enrollment.UserErased:
		return fmt.Sprintf("The user was erased (receipt %s); from %s on no backup brings a key back", e.Receipt.ID, stamp(e.Receipt.CompleteAt))
	}
	return ""
}

func when(yes bool, text string) string {
	if yes {
		return text
	}
	return ""
}

func by(who string) string { return when(who != "", " by "+who) }

func why(reason string) string { return when(reason != "", " ("+spaced(reason)+")") }

func spaced(word string) string { return strings.ReplaceAll(word, "_", " ") }

func present(hints ...string) (all []string) {
	for _, h := range hints {
		if h != "" {
			all = append(all, h)
		}
	}
	return all
}

// short leaves out what all wire names have.
func short(name string) string {
	name = strings.TrimPrefix(name, "countersign.")
	if i := strings.LastIndex(name, ".v"); i > 0 {
		name = name[:i]
	}
	return name
}
