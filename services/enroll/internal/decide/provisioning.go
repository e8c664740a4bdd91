package decide

import (
	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
)

// provisioning lets a seed be shown. That of an active factor spends a step-up, which may show the same seed again while it is
// fresh: a reply can be lost.
func (v view) provisioning(in ProvisioningAsked) (Decision, *events.Rejection) {
	e, ok := v.state.Enrollment(in.EnrollmentID)
	switch {
	case !ok:
		return Decision{}, v.absent(in.EnrollmentID)
	case e.Factor != events.TOTP:
		return Decision{}, refuse(events.WrongState, "enrollment_id", "names an enrollment whose codes are sent: there is no seed to show")
	case e.Status == enrollment.StatusPending:
		_, no := v.pending(in.EnrollmentID)
		return Decision{}, no
	}
	if !v.policy.TOTP.SecondDevice {
		return Decision{}, refuse(events.NotAllowed, "enrollment_id", "names an active app, whose seed this platform's policy does not show again: enroll another")
	}
	if spent, ok := v.state.Spent(in.Login.ID); ok && spent.For == e.ID && v.accepted(in.Login) {
		return Decision{}, nil
	}
	if no := v.steppedUp(in.Login); no != nil {
		return Decision{}, no
	}
	return decided(&enrollment.Provisioned{User: in.User, EnrollmentID: e.ID, LoginID: in.Login.ID}), nil
}
