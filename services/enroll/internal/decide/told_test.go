package decide_test

import (
	"fmt"
	"strings"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
	"countersign/services/enroll/internal/decide"
)

// How a decision is told, one line for each event.

func tell(d decide.Decision, no *events.Rejection, now time.Time) []string {
	if no != nil {
		return []string{strings.TrimSpace(fmt.Sprintf("refused %s %s", no.Code, no.Field)) + when("again", no.RetryAt, now)}
	}
	var lines []string
	for _, e := range d.Events {
		lines = append(lines, tellEvent(e, now))
	}
	for _, timer := range d.Timers {
		lines = append(lines, fmt.Sprintf("timer%s", when("due", timer.At, now)))
	}
	if d.Early {
		lines = append(lines, "early")
	}
	return lines
}

func tellEvent(e events.Event, now time.Time) string {
	switch e := e.(type) {
	case *enrollment.SecretCreated:
		sending := ""
		if e.Record.Sending > 0 {
			sending = fmt.Sprintf(" to %s, sending %d", e.DestinationHint, e.Record.Sending)
		}
		return fmt.Sprintf("created %s %s", name(e.EnrollmentID), e.Factor) + sending +
			when("resend", e.ResendAt, now) + when("expires", e.ExpiresAt, now) + tellSpent(e.Record.SpentLogin)
	case *enrollment.CodeRejected:
		return fmt.Sprintf("rejected %s, %d left", e.Reason, e.AttemptsLeft) + when("again", e.RetryAt, now)
	case *enrollment.Activated:
		passes := ""
		if e.LoginID != "" {
			passes = ", passes " + e.LoginID
		}
		if e.RecoveryCodesSetID != "" {
			passes += ", with codes " + name(e.RecoveryCodesSetID)
		}
		if e.Imported {
			passes += ", imported by " + e.By
		}
		return fmt.Sprintf("activated %s %s at step %d%s", name(e.EnrollmentID), e.Factor, e.Record.Step, passes) +
			tellSpent(e.Record.SpentLogin)
	case *enrollment.Discarded:
		return fmt.Sprintf("discarded %s %s", name(e.EnrollmentID), e.Reason)
	case *enrollment.FactorRemoved:
		line := "removed"
		for _, f := range e.Factors {
			line += " " + f.EnrollmentID + " " + string(f.Factor)
		}
		return strings.TrimSuffix(line+", "+string(e.Reason)+" "+e.RecoveryID, " ") + tellSpent(e.Record.SpentLogin)
	case *enrollment.RecoveryCodesGenerated:
		return fmt.Sprintf("%d codes %s", e.Count, name(e.SetID)) + tellSpent(e.Record.SpentLogin)
	case *enrollment.RecoveryCodesRevealed:
		return fmt.Sprintf("%d codes %s revealed", e.Count, e.SetID)
	case *enrollment.UserErased:
		return strings.TrimSuffix(fmt.Sprintf("erased %s of %s", name(e.Receipt.ID), e.Record.Keyring), " of ") +
			when("at", e.Receipt.ErasedAt, now) + when("complete", e.Receipt.CompleteAt, now)
	case *enrollment.ContactsChanged:
		return fmt.Sprintf("contacts %s %s", e.EmailHint, e.PhoneHint) + tellSpent(e.Record.SpentLogin)
	case *enrollment.ContactsBounced:
		return strings.TrimSpace(fmt.Sprintf("bounced %s%s %s", e.Channel, tellKept(e.Kept), strings.Join(e.EnrollmentIDs, " ")))
	case *enrollment.ContactsReached:
		return strings.TrimSpace(fmt.Sprintf("reached %s%s %s", e.Channel, tellKept(e.Kept), strings.Join(e.EnrollmentIDs, " ")))
	case *enrollment.RequirementChanged:
		return fmt.Sprintf("required %v by %s", e.Required, e.By)
	case *enrollment.Provisioned:
		return fmt.Sprintf("provisioned %s", e.EnrollmentID) + tellSpent(e.LoginID)
	case *notification.Requested:
		return fmt.Sprintf("notify %s by %s about %s", e.Template, e.Channel, name(e.About)) + when("until", e.ExpiresAt, now)
	}
	return e.EventType()
}

func tellKept(kept bool) string {
	if kept {
		return ", kept"
	}
	return ""
}

func name(id string) string {
	if id == newEnrollment || id == newSet || id == newReceipt {
		return "new"
	}
	return id
}

func tellSpent(login string) string {
	if login == "" {
		return ""
	}
	return ", spends " + login
}

func when(word string, at, now time.Time) string {
	if at.IsZero() {
		return ""
	}
	return ", " + word + " " + at.Sub(now).String()
}
