package core

import (
	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
)

// attemptRecoveryCode judges a recovery code for an open challenge. A wrong one takes one of the challenge's attempts, which bounds what a
// stranger can have written down, and is not counted as a guess: of 80 bits none is found that way.
func (d desk) attemptRecoveryCode(c guard.Challenge, in AttemptSubmitted) (Decision, *events.Rejection) {
	set := in.Evidence.Codes
	switch {
	case !in.Evidence.active(c):
		return d.gone(c, in.Evidence), nil
	case set == nil:
		return Decision{}, reject(events.NotAllowed, "factor", "cannot be recovery_code: the user has none")
	}
	switch number, used, verdict := d.verdict(set, in.Match); verdict {
	case guard.VerdictRight:
		return d.acceptedCode(c, in, number), nil
	case guard.VerdictReplayed:
		made := d.spent(c, guard.Replayed)
		if used.LoginID != "" {
			made.Events = append(made.Events, d.reuse(c, events.RecoveryCode, used.LoginID, used.Reused, in)...)
		}
		return made, nil
	}
	return d.spent(c, guard.WrongCode), nil
}

// verdict says what a code is worth that was compared with a set.
func (d desk) verdict(set *Codes, m Match) (number int, used guard.UsedCode, v guard.Verdict) {
	if m.SetID != set.SetID || m.Number < 1 || m.Number > set.Count { // compared with another set: nothing was shown
		return 0, guard.UsedCode{}, guard.VerdictWrong
	}
	if used, ok := d.state.UsedCode(set.SetID, m.Number); ok {
		return m.Number, used, guard.VerdictReplayed
	}
	return m.Number, guard.UsedCode{}, guard.VerdictRight
}

func (d desk) acceptedCode(c guard.Challenge, in AttemptSubmitted, number int) Decision {
	set := in.Evidence.Codes
	made := d.accepted(c, events.RecoveryCode, in.Evidence, guard.AttemptAcceptedRecord{SetID: set.SetID, Number: number})
	left := d.state.CodesLeft(set.SetID, set.Count) - 1
	made.Events[0].(*guard.AttemptAccepted).RecoveryCodesLeft = &left
	made.Events = append(made.Events, d.tellLow(in.Evidence, in.NoticeID, left)...)
	return made
}

// judge tells a recovery what a code is worth, for ever the same: the answer is an event.
func (d desk) judge(in RecoveryCodeAsked) Decision {
	e := &guard.RecoveryCodeJudged{User: in.User, Verdict: guard.VerdictNoCodes}
	set := in.Evidence.Codes
	if set == nil {
		return happened(e)
	}
	var number int
	number, _, e.Verdict = d.verdict(set, in.Match)
	e.CodesLeft = d.state.CodesLeft(set.SetID, set.Count)
	if e.Verdict != guard.VerdictRight {
		return happened(e)
	}
	e.CodesLeft--
	e.Record = guard.RecoveryCodeJudgedRecord{SetID: set.SetID, Number: number}
	made := happened(e)
	made.Events = append(made.Events, d.tellLow(in.Evidence, in.NoticeID, e.CodesLeft)...)
	return made
}

// tellLow tells the user once that few codes are left.
func (d desk) tellLow(e *Evidence, id string, left int) []events.Event {
	if left != d.policy.RecoveryCodes.WarnAt {
		return nil
	}
	return d.tell(e, id, notification.RecoveryCodesLow, e.Codes.SetID)
}
