package decide

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
)

// showable is how long a set that was shown may be shown again: a reply can be lost.
const showable = 10 * time.Minute

// newCodes makes a set in place of the one before. Codes stand beside a factor only: the first activation brings the first set.
func (v view) newCodes(in RecoveryCodesRequested) (Decision, *events.Rejection) {
	if !v.state.HasFactor() {
		return Decision{}, refuse(events.WrongState, "", "is for users with an active factor: the first activation brings a set")
	}
	if no := first(v.reauthenticated(in.ReauthenticatedAt), v.steppedUp(in.Login)); no != nil {
		return Decision{}, no
	}
	return decided(v.generate(in.Request, in.Key, v.spends(in.Login))), nil
}

func (v view) generate(in Request, key enrollment.Key, spent string) *enrollment.RecoveryCodesGenerated {
	return &enrollment.RecoveryCodesGenerated{
		User: in.User, SetID: in.derive("recovery codes"), Count: v.policy.RecoveryCodes.Count,
		Record: enrollment.CodesRecord{Key: key, SpentLogin: spent},
	}
}

func (v view) reveal(in RevealAsked) (Decision, *events.Rejection) {
	set := v.state.RecoveryCodes
	switch {
	case set == nil || set.SetID != in.SetID:
		return Decision{}, refuse(events.NotFound, "set_id", "names no set that counts: ask for a new one with recovery_codes.requested")
	case in.Used:
		return Decision{}, refuse(events.WrongState, "set_id", "names a set of which a code was used: it is not shown any more")
	case set.RevealedAt.IsZero():
		return decided(&enrollment.RecoveryCodesRevealed{User: in.User, SetID: set.SetID, Count: set.Count}), nil
	case v.now.Sub(set.RevealedAt) >= showable:
		return Decision{}, refuse(events.WrongState, "set_id", "names a set that was shown more than ten minutes ago: ask for a new one with recovery_codes.requested")
	}
	return Decision{}, nil
}
