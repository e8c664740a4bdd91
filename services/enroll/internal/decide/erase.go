package decide

import (
	"time"

	"countersign/pkg/events/enrollment"
)

// BackupLife is how long a backup of the keyrings may be kept: until then somebody who has one and the keeper can read what is left.
const BackupLife = 30 * 24 * time.Hour

// erase says that the user's keys are gone, and ends what was open. Asked again it gives the same receipt, unless something has come to be
// known of the user since.
func (v view) erase(in ErasureRequested) Decision {
	if v.state.Forgotten() {
		return decided(&enrollment.UserErased{User: in.User, Receipt: *v.state.Receipt})
	}
	d := decided(&enrollment.UserErased{
		User:    in.User,
		Receipt: enrollment.Receipt{ID: in.derive("receipt"), ErasedAt: v.now, CompleteAt: v.now.Add(BackupLife)},
		Record:  enrollment.ErasedRecord{Keyring: v.state.Key.Keyring},
	})
	d.Events = append(d.Events, v.dropPending(in.Request, enrollment.DiscardErased)...)
	if gone := v.everyFactor(); len(gone) > 0 {
		d.Events = append(d.Events, &enrollment.FactorRemoved{User: in.User, Factors: gone, Reason: enrollment.RemovedErased})
	}
	return d
}
