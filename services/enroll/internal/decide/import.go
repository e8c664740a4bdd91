package decide

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/totp"
)

// imported makes an app active without a code of it. Only of a user who has no factor, where a password is all there is in any case: beside a
// factor, one administrator alone could add an app of which they know the seed.
func (v view) imported(in ImportRequested) (Decision, *events.Rejection) {
	if app, ok := v.state.Factor(events.TOTP); ok && in.Same {
		return decided(v.importedAs(in, app.ID)), nil
	}
	if v.state.HasFactor() {
		return Decision{}, refuse(events.WrongState, "user", "has an active factor: seeds are brought to users without one")
	}
	if no := first(v.allows(events.TOTP), v.reachable(events.TOTP)); no != nil {
		return Decision{}, no
	}
	e := v.importedAs(in, ImportID(in.Request))
	e.Record = enrollment.ActivatedRecord{Key: in.Key, App: &in.App, Step: v.spentSteps(in)}
	d := decided(e)
	if v.state.RecoveryCodes == nil {
		set := v.generate(in.Request, in.Key, "")
		e.RecoveryCodesSetID = set.SetID
		d.Events = append(d.Events, set)
	}
	d.Events = append(d.Events, v.tell(in.Request, v.kept(), notification.FactorActivated, e.EnrollmentID)...)
	return d, nil
}

// spentSteps spends what may have been used before: here, if it is an app that was removed, or in the system that it comes from.
func (v view) spentSteps(in ImportRequested) uint64 {
	now, _ := totp.Step(v.now, time.Duration(in.App.Period)*time.Second)
	if in.Last > now && in.Last-now <= fastest { // of another period, steps have other numbers
		return in.Last
	}
	return now
}

// fastest is how many steps a clock can be ahead whose codes are accepted: verify's bound.
const fastest = 20

func (v view) importedAs(in ImportRequested, id string) *enrollment.Activated {
	e := &enrollment.Activated{User: in.User, EnrollmentID: id, Factor: events.TOTP, Imported: true, By: in.By}
	if set := v.state.RecoveryCodes; set != nil {
		e.RecoveryCodesSetID = set.SetID
	}
	return e
}

// ImportID names the enrollment that an import leads to: its seed is hidden for that one before it is decided.
func ImportID(r Request) string { return r.derive("enrollment") }
