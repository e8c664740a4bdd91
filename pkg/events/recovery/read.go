package recovery

import (
	"slices"
	"time"

	"countersign/pkg/events/notification"
)

// Recovery returns a case that is open, or one of the last few that have ended.
func (s State) Recovery(id string) (Recovery, bool) {
	if s.Open != nil && s.Open.ID == id {
		return *s.Open, true
	}
	i := slices.IndexFunc(s.Past, func(r Recovery) bool { return r.ID == id })
	if i < 0 {
		return Recovery{}, false
	}
	return s.Past[i], true
}

// Completed reports whether a case passed all its steps: only then its user's factors are cleared. Completions are remembered longer
// than other ends.
func (s State) Completed(id string) bool { return slices.Contains(s.Completions, id) }

// Next is the step to be passed; "" where none is, because all are passed or the case has ended.
func (r Recovery) Next() Step {
	if r.End != "" || r.Passed >= len(r.Steps) {
		return ""
	}
	return r.Steps[r.Passed]
}

// Demands reports whether a step is among those of the case.
func (r Recovery) Demands(s Step) bool { return slices.Contains(r.Steps, s) }

// HasPassed reports whether a step counts for the present claim.
func (r Recovery) HasPassed(s Step) bool { return slices.Contains(r.Steps[:r.Passed], s) }

// Over reports whether the case has ended, or its time has come without its timer. One whose waiting period runs does not expire.
func (r Recovery) Over(now time.Time) bool {
	return r.End != "" || !now.Before(r.ExpiresAt) && r.Next() != WaitingPeriod
}

// Status says how far the case has come.
func (r Recovery) Status() CaseState {
	switch {
	case r.End != "":
		return r.End
	case r.Next() == Approval:
		return CaseApproval
	case r.Next() == WaitingPeriod:
		return CaseWaiting
	}
	return CaseOpen
}

// Newest returns the notification of a template and channel that is worth sending; "" for none.
func (r Recovery) Newest(t notification.Template, c notification.Channel) string {
	i := slices.IndexFunc(r.Notices, func(n Notice) bool { return n.Template == t && n.Channel == c })
	if i < 0 {
		return ""
	}
	return r.Notices[i].ID
}
