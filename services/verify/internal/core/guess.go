package core

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
)

// wrong counts a wrong code: one attempt of the challenge, one guess of the user.
func (d desk) wrong(c guard.Challenge, f events.Factor, in AttemptSubmitted) Decision {
	made := d.spent(c, guard.WrongCode)
	answer := made.Events[0].(*guard.AttemptRejected)
	answer.Record.Counted = true
	if lock := d.lock(f); lock != nil {
		answer.RetryAt = lock.Until
		made.Events = append(made.Events, lock)
		made.Events = append(made.Events, d.tellLock(c, lock, in)...)
	}
	return made
}

// tellLock tells the user of the first wait of a day and of a suspension: one notice for each wait would be a stranger's way to fill a
// mailbox.
func (d desk) tellLock(c guard.Challenge, lock *guard.FactorLocked, in AttemptSubmitted) []events.Event {
	if !lock.Suspended && d.wrongWithin(d.policy.Guess.Window) > d.policy.Guess.Free {
		return nil
	}
	return d.tell(in.Evidence, in.NoticeID, notification.FactorLocked, c.ID)
}

// spent takes one attempt of the challenge and closes it after the last.
func (d desk) spent(c guard.Challenge, why guard.RejectReason) Decision {
	c.AttemptsLeft--
	answer := d.refused(c, why)
	answer.Record.Judged = true
	if c.AttemptsLeft > 0 {
		return happened(answer)
	}
	return happened(answer, d.close(c, guard.TooManyAttempts))
}

// lock says whether one more wrong code makes the user wait, or ends in suspension.
func (d desk) lock(f events.Factor) *guard.FactorLocked {
	e := &guard.FactorLocked{User: d.state.User, Factor: f, Reason: guard.WrongCodes}
	p := d.policy.Guess
	if d.state.InARow+1 >= p.SuspendAt {
		e.Suspended = true
		return e
	}
	over := d.wrongWithin(p.Window) + 1 - p.Free
	if over <= 0 {
		return nil
	}
	e.Until = d.now.Add(doubled(p.FirstWait, over-1, p.MaxWait))
	return e
}

func (d desk) wrongWithin(age time.Duration) int {
	n := 0
	for _, t := range d.state.Wrong {
		if d.now.Sub(t) < age {
			n++
		}
	}
	return n
}
