package decide

import (
	"time"

	"countersign/pkg/events/recovery"
)

// UserErased is user.erased.
type UserErased struct {
	Request
	ErasedAt time.Time // by the enrollment's head; zero where it knows of none
}

// erased ends the case that was open then. One that was opened since is of keys that are there.
func (v view) erased(in UserErased) Decision {
	r := v.state.Open
	if r == nil || !r.OpenedAt.Before(in.ErasedAt) {
		return Decision{}
	}
	return v.cancel(in.Request, *r, recovery.CancelledErased, "")
}
