package explain

import (
	"fmt"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
)

func ofRecovery(e events.Event, _ time.Time) string {
	switch e := e.(type) {
	case *recovery.Opened:
		return fmt.Sprintf("Recovery %s was opened; its link went to %s; until %s", e.RecoveryID, e.DestinationHint, stamp(e.ExpiresAt))
	case *recovery.StepPassed:
		return fmt.Sprintf("Recovery %s: step %s was passed", e.RecoveryID, e.Step) + when(e.NextStep != "", ", next is "+string(e.NextStep))
	case *recovery.ApprovalRequired:
		return fmt.Sprintf("Recovery %s waits for an approval until %s", e.RecoveryID, stamp(e.ExpiresAt)) + when(e.RequestedBy != "", "; "+e.RequestedBy+" asked for it")
	case *recovery.Approved:
		return fmt.Sprintf("Recovery %s was approved", e.RecoveryID) + by(e.By) + when(!e.CompletesAt.IsZero(), "; it completes at "+stamp(e.CompletesAt))
	case *recovery.Denied:
		return fmt.Sprintf("Recovery %s was denied", e.RecoveryID) + by(e.By) + why(e.Reason)
	case *recovery.Cancelled:
		return fmt.Sprintf("Recovery %s was cancelled", e.RecoveryID) + by(e.By) + why(e.Reason)
	case *recovery.Expired:
		return fmt.Sprintf("Recovery %s ran out of time", e.RecoveryID)
	case *recovery.Completed:
		return fmt.Sprintf("Recovery %s was completed", e.RecoveryID)
	}
	return ""
}

func ofMessages(e events.Event, _ time.Time) string {
	switch e := e.(type) {
	case *notification.Requested:
		return fmt.Sprintf("A message was asked for: %s by %s", spaced(string(e.Template)), e.Channel)
	case *notification.Sent:
		return fmt.Sprintf("A message went out by %s (%s)", e.Channel, e.Provider)
	case *notification.Delivered:
		return fmt.Sprintf("A message by %s arrived, says %s", e.Channel, e.Provider)
	case *notification.Failed:
		return fmt.Sprintf("A message by %s failed (%s)", e.Channel, spaced(string(e.Reason))) + when(e.Final, "; it is not tried again")
	case *notification.Suppressed:
		return fmt.Sprintf("A message by %s was not sent (%s)", e.Channel, spaced(string(e.Reason)))
	case *notification.PrefixPaused:
		return fmt.Sprintf("Codes by text to numbers that begin with +%s were held back until %s: of %d sent %d were entered", e.Prefix, stamp(e.Until), e.Sent, e.Entered)
	}
	return ""
}
