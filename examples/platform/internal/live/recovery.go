package live

import (
	"fmt"
	"strings"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/recovery"
)

func toldRecovery(e events.Event, _ time.Time) (string, string) {
	switch e.(type) {
	case *recovery.Requested:
		return "The password is right, and the device is lost. Asked for the way back in, with the login that cannot be finished.", ""
	case *recovery.SupportRequested:
		return "Support asked for a way back in for somebody who can reach nothing. Why is sealed: another agent reads it by a question.", ""
	case *recovery.ApprovalGiven:
		return "Passed on that another agent approves.", ""
	case *recovery.DenialGiven:
		return "Passed on that another agent denies.", ""
	case *recovery.CancellationRequested:
		return "Asked to stop the recovery.", ""
	}
	return "", ""
}

func recoverySaid(e events.Event, at time.Time) (string, string) {
	switch e := e.(type) {
	case *recovery.Opened:
		return fmt.Sprintf("Opened a recovery of %s, for %s. A link goes to %s; it is in no event.",
			Count(len(e.Steps), "step"), For(e.ExpiresAt.Sub(at)), e.DestinationHint), ""
	case *recovery.StepPassed:
		return passed(e), good
	case *recovery.ApprovalRequired:
		return "Waits for another agent's approval. Whoever asked cannot give it.", ""
	}
	return "", ""
}

func passed(e *recovery.StepPassed) string {
	text := "A step of the recovery is passed: " + stepped(e.Step)
	if e.NextStep != "" {
		text += "; next comes " + stepped(e.NextStep)
	}
	return text + "."
}

func stepped(s recovery.Step) string {
	switch s {
	case recovery.Text:
		return "the texted code"
	case recovery.Captcha:
		return "the CAPTCHA"
	}
	return "the " + strings.ReplaceAll(string(s), "_", " ")
}

func recoveryEnded(e events.Event, at time.Time) (string, string) {
	switch e := e.(type) {
	case *recovery.Approved:
		if e.CompletesAt.IsZero() {
			return "Another agent approved the recovery.", ""
		}
		return fmt.Sprintf("Another agent approved the recovery. For %s whoever was told can cancel it.", For(e.CompletesAt.Sub(at))), ""
	case *recovery.Denied:
		return "Another agent denied the recovery, which ends it.", bad
	case *recovery.Cancelled:
		return "The recovery was stopped: nothing has changed.", bad
	case *recovery.Expired:
		return "The time of the recovery ran out: nothing has changed.", bad
	case *recovery.Completed:
		return "The recovery is through. Enroll reads that in its stream and clears the factors.", good
	}
	return "", ""
}
