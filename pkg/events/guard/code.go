package guard

import (
	"slices"

	"countersign/pkg/events"
)

// Verdict is what a recovery code is worth.
type Verdict string

const (
	VerdictRight    Verdict = "right"      // and spent by this
	VerdictWrong    Verdict = "wrong_code" // it is none of the set
	VerdictReplayed Verdict = "replayed"   // it was right once
	VerdictNoCodes  Verdict = "no_codes"   // the user has no set
)

// RecoveryCodeJudged keeps what verify told a recovery of a code. It never leaves the stream.
type RecoveryCodeJudged struct {
	User      string                   `json:"user"`
	Verdict   Verdict                  `json:"verdict"`
	CodesLeft int                      `json:"codes_left"`
	Record    RecoveryCodeJudgedRecord `json:"-"`
}

// RecoveryCodeJudgedRecord names the code that a right one was.
type RecoveryCodeJudgedRecord struct {
	SetID  string `json:"set_id,omitempty"`
	Number int    `json:"number,omitempty"` // from 1
}

func (*RecoveryCodeJudged) EventType() string { return RecoveryCodeJudgedType }
func (e *RecoveryCodeJudged) UserID() string  { return e.User }
func (e *RecoveryCodeJudged) RecordPart() any { return &e.Record }

func (e *RecoveryCodeJudged) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		events.OneOf("verdict", e.Verdict, VerdictRight, VerdictWrong, VerdictReplayed, VerdictNoCodes),
		notNegative("codes_left", e.CodesLeft),
	)
}

func (s State) judged(e *RecoveryCodeJudged) State {
	if e.Verdict != VerdictRight {
		return s
	}
	return s.used(e.Record.SetID, UsedCode{Number: e.Record.Number})
}

// used spends a recovery code; that of another set than before starts anew.
func (s State) used(setID string, c UsedCode) State {
	if s.UsedCodes.SetID != setID {
		s.UsedCodes = UsedCodes{SetID: setID}
	}
	list := put(s.UsedCodes.Codes, c, func(o UsedCode) bool { return o.Number == c.Number })
	s.UsedCodes.Codes = list[max(0, len(list)-KeptCodes):]
	return s
}

// reused remembers that it was told of a code: it is not told to the user again.
func (s State) reused(e *CodeReuseDetected) State {
	if e.Factor != events.RecoveryCode {
		s.LastStep.Reused = s.LastStep.Reused || s.LastStep.LoginID == e.FirstLoginID
		s.LastStep.Before = slices.Clone(s.LastStep.Before)
		for i, b := range s.LastStep.Before {
			s.LastStep.Before[i].Reused = b.Reused || b.LoginID == e.FirstLoginID
		}
		return s
	}
	codes := slices.Clone(s.UsedCodes.Codes)
	for i, c := range codes {
		codes[i].Reused = c.Reused || c.LoginID == e.FirstLoginID
	}
	s.UsedCodes.Codes = codes
	return s
}

// before is what stays known of the last step and those before it once another one of the enrollment is accepted.
func (l LastStep) before(enrollmentID string) []UsedStep {
	if l.EnrollmentID != enrollmentID {
		return nil
	}
	list := append(slices.Clone(l.Before), UsedStep{Step: l.Step, LoginID: l.LoginID, Reused: l.Reused})
	return list[max(0, len(list)-KeptSteps):]
}
