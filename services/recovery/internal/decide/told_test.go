package decide_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
)

// How a decision is told, one line for each event. Cases are A, B, C in the order in which they were opened.

func (w *world) tell() []string {
	if w.no != nil {
		return []string{strings.TrimSpace(fmt.Sprintf("refused %s %s", w.no.Code, w.no.Field)) + w.when("again", w.no.RetryAt)}
	}
	var lines []string
	for _, e := range w.made.Events {
		lines = append(lines, w.tellEvent(e))
	}
	for _, timer := range w.made.Timers {
		switch e := timer.Event.(type) {
		case *recovery.ExpiryDue:
			lines = append(lines, "timer expiry of "+w.name(e.RecoveryID)+w.when("at", timer.At))
		case *recovery.CompletionDue:
			lines = append(lines, "timer completion of "+w.name(e.RecoveryID)+w.when("at", timer.At))
		}
	}
	if !w.made.Early.IsZero() {
		lines = append(lines, "early"+w.when("at", w.made.Early))
	}
	if w.made.Problem != "" {
		lines = append(lines, "problem "+string(w.made.Problem))
	}
	return lines
}

func (w *world) tellEvent(e events.Event) string {
	switch e := e.(type) {
	case *recovery.Opened:
		return fmt.Sprintf("opened %s by %s to %s, link %d", w.name(e.RecoveryID), e.Record.LoginID, e.DestinationHint, e.Record.Sending) +
			w.when("until", e.LinkExpiresAt) + w.when("again", e.Record.ResendAt) + w.when("case until", e.ExpiresAt)
	case *recovery.Claimed:
		return fmt.Sprintf("claimed %s as %d", w.name(e.RecoveryID), e.Claim)
	case *recovery.StepPassed:
		line := fmt.Sprintf("passed %s of %s", e.Step, w.name(e.RecoveryID))
		if e.NextStep != "" {
			line += ", then " + string(e.NextStep)
		}
		return line + w.when("completes", e.CompletesAt) + w.when("case until", e.Record.ExpiresAt)
	case *recovery.TextSent:
		return fmt.Sprintf("texted %s, code %d", w.name(e.RecoveryID), e.Sending) + w.when("until", e.CodeExpiresAt) + w.when("again", e.ResendAt)
	case *recovery.CodeMissed:
		return fmt.Sprintf("missed %s of %s", e.Step, w.name(e.RecoveryID))
	case *recovery.CaptchaFailed:
		return fmt.Sprintf("failed captcha of %s", w.name(e.RecoveryID))
	case *recovery.ApprovalRequired:
		return strings.TrimSpace(fmt.Sprintf("approval of %s required by %s %s", w.name(e.RecoveryID), e.Reason, e.RequestedBy)) + w.when("case until", e.ExpiresAt)
	case *recovery.Approved:
		return w.tellOutcome("approved", e.Outcome)
	case *recovery.Denied:
		return w.tellOutcome("denied", e.Outcome)
	case *recovery.Cancelled:
		return w.tellOutcome("cancelled", e.Outcome)
	case *recovery.Expired:
		return w.tellOutcome("expired", e.Outcome)
	case *recovery.Completed:
		return w.tellOutcome("completed", e.Outcome)
	case *notification.Requested:
		return fmt.Sprintf("tell %s by %s about %s", e.Template, e.Channel, w.name(e.About)) + w.when("until", e.ExpiresAt)
	}
	return e.EventType()
}

func (w *world) tellOutcome(how string, o recovery.Outcome) string {
	line := how + " " + w.name(o.RecoveryID)
	if o.Reason != "" {
		line += ": " + o.Reason
	}
	if o.By != "" {
		line += " by " + o.By
	}
	return line + w.when("completes", o.CompletesAt)
}

func (w *world) name(id string) string {
	if i := slices.Index(w.cases, id); i >= 0 {
		return string(rune('A' + i))
	}
	return "?"
}

// when tells a time as what it is from now.
func (w *world) when(word string, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	d := at.Sub(w.now)
	text := strings.TrimSuffix(strings.TrimSuffix(d.String(), "0s"), "h0m") // 5m0s, 24h0m0s
	if strings.HasSuffix(d.String(), "h0m0s") {
		text += "h"
	} else if text == "" || strings.ContainsAny(text[len(text)-1:], "0123456789") {
		text = d.String()
	}
	return " " + word + " " + text
}
