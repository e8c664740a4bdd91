package recovery

import (
	"errors"
	"slices"
	"time"

	"countersign/pkg/events/recent"
)

var errNotOpen = errors.New("the case is not open")

func must(holds bool, why string) error {
	if holds {
		return nil
	}
	return errors.New(why)
}

// change changes the open case, if it is the one that is meant.
func (s State) change(id string, what func(*Recovery) error) (State, error) {
	if s.Open == nil || s.Open.ID != id {
		return s, errNotOpen
	}
	r := *s.Open
	if err := what(&r); err != nil {
		return s, err
	}
	s.Open = &r
	return s, nil
}

// claim voids what others passed before: all steps are to be proven by one browser.
func (e *Claimed) claim(r *Recovery) error {
	if e.Claim != r.Claim+1 || r.Bound {
		return errors.New("the case cannot be claimed so")
	}
	r.Claim = e.Claim
	r.Link.Claims++
	r.Passed, r.CompletesAt = 0, time.Time{}
	return nil
}

func (e *StepPassed) pass(r *Recovery) error {
	if r.Next() != e.Step || e.Record.Claim != 0 && e.Record.Claim != r.Claim {
		return errors.New("the step is not the next one of the present claim")
	}
	r.Passed++
	r.CompletesAt = time.Time{}
	if r.Next() == WaitingPeriod {
		r.CompletesAt = e.CompletesAt
	}
	if !e.Record.ExpiresAt.IsZero() {
		r.ExpiresAt = e.Record.ExpiresAt
	}
	r.Bound = r.Bound || e.Step == Text || e.Step == RecoveryCode
	if e.Record.Proof != "" {
		r.Proofs = recent.Newest(append(slices.Clone(r.Proofs), e.Record.Proof), MaxProofs)
	}
	return nil
}

func (e *TextSent) text(r *Recovery) error {
	r.Text = Texted{Sending: e.Sending, Digits: e.Digits, ExpiresAt: e.CodeExpiresAt, ResendAt: e.ResendAt}
	return nil
}

func (e *CodeMissed) miss(r *Recovery) error {
	if e.Step == RecoveryCode {
		r.MissedCodes++
	} else {
		r.Text.Wrong++
	}
	return nil
}

func (s State) completed(e *Completed, at time.Time) (State, error) {
	if s.Open == nil || s.Open.ID != e.RecoveryID {
		return s, errNotOpen
	}
	if len(s.Open.Steps) == 0 || s.Open.Passed < len(s.Open.Steps) {
		return s, errors.New("not every step is passed")
	}
	s.Completions = recent.Newest(append(slices.Clone(s.Completions), e.RecoveryID), maxCompletions)
	return s.ended(e.Outcome, CaseCompleted, at)
}

// ended closes the open case, or says why one gave way in the same commit.
func (s State) ended(o Outcome, how CaseState, at time.Time) (State, error) {
	if s.Open != nil && s.Open.ID == o.RecoveryID {
		return s.close(how, o.Reason, o.By, at), nil
	}
	i := slices.IndexFunc(s.Past, func(r Recovery) bool { return r.ID == o.RecoveryID })
	if i < 0 || s.Past[i].EndReason != CancelledReplaced || !s.Past[i].EndedAt.Equal(at) {
		return s, errNotOpen
	}
	s.Past = slices.Clone(s.Past)
	s.Past[i].End, s.Past[i].EndReason, s.Past[i].EndedBy = how, o.Reason, o.By
	return s, nil
}

// giveWay ends the open case in favor of a newer one.
func (s State) giveWay(at time.Time) State {
	if s.Open == nil {
		return s
	}
	return s.close(CaseCancelled, CancelledReplaced, "", at)
}

func (s State) close(how CaseState, reason, by string, at time.Time) State {
	r := *s.Open
	r.End, r.EndReason, r.EndedBy, r.EndedAt = how, reason, by, at
	r.Proofs, r.CompletesAt = nil, time.Time{}
	s.Open = nil
	s.Past = recent.Newest(append(slices.Clone(s.Past), r), maxPast)
	return s
}

const day = 24 * time.Hour
