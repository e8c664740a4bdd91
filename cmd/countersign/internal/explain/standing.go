package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
)

// standing says how a user stands; policy is of the last wait.
func standing(s guard.UserStatus, policy string, now time.Time) []string {
	lines := []string{door(s)}
	for _, f := range s.Factors {
		lines = append(lines, factor(f, s.DefaultFactor))
	}
	lines = append(lines, waits(s, policy, now)...)
	if hasActive(s) {
		lines = append(lines, fmt.Sprintf("Recovery codes left: %d.", s.RecoveryCodesLeft))
	}
	if r := s.Recovery; r != nil {
		lines = append(lines, fmt.Sprintf("A recovery is open (%s): %s; steps %s; until %s.", r.RecoveryID, r.State, strings.Join(r.Steps, ", "), stamp(r.ExpiresAt)))
	}
	return lines
}

// door says what the next login meets.
func door(s guard.UserStatus) string {
	switch {
	case hasActive(s):
		return "The next login is challenged."
	case s.Required:
		return "The next login must enroll a factor first: one is required, and none is active."
	}
	return "The next login is waived: no factor is active, and none is required."
}

func hasActive(s guard.UserStatus) bool {
	return slices.ContainsFunc(s.Factors, func(f guard.FactorStatus) bool { return f.Status == string(enrollment.StatusActive) })
}

func factor(f guard.FactorStatus, preferred events.Factor) string {
	text := fmt.Sprintf("Factor %s (%s) is %s", f.Factor, f.EnrollmentID, f.Status)
	if f.DestinationHint != "" {
		text += ", to " + f.DestinationHint
	}
	if !f.ActivatedAt.IsZero() {
		text += ", since " + stamp(f.ActivatedAt)
	}
	if f.Factor == preferred && f.Status == string(enrollment.StatusActive) {
		text += ", asked first"
	}
	return text + "."
}

// waits says why codes are not looked at. A wait is the user's, and stands at every factor.
func waits(s guard.UserStatus, policy string, now time.Time) []string {
	var until time.Time
	suspended := false
	for _, f := range s.Factors {
		suspended = suspended || f.Suspended
		if f.LockedUntil.After(until) {
			until = f.LockedUntil
		}
	}
	switch {
	case suspended:
		return []string{"Codes are not looked at until somebody unlocks the user, or a recovery ends well: too many wrong ones in a row" + under(policy) + ". A recovery code is."}
	case until.After(now):
		return []string{fmt.Sprintf("Codes are not looked at until %s, for %s: too many wrong ones lately%s. A recovery code is.", stamp(until), until.Sub(now).Round(time.Second), under(policy))}
	}
	return nil
}

func under(policy string) string {
	if policy == "" {
		return ""
	}
	return ", by policy " + brief(policy)
}
