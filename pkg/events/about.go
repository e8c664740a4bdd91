package events

import (
	"cmp"
	"encoding/json"
)

// An About is what an envelope takes over from its data.
type About struct {
	User, LoginID, RecoveryID, EnrollmentID string
}

// ReadAbout reads what it can of the data of an event that a worker wrote: a field of another shape is empty, and so is all of what ends too early.
func ReadAbout(data []byte) About {
	var a About
	whole := members(data, func(quoted []byte, value json.RawMessage) {
		switch string(quoted) {
		case `"user"`:
			a.User = text(value)
		case `"login_id"`:
			a.LoginID = text(value)
		case `"recovery_id"`:
			a.RecoveryID = text(value)
		case `"enrollment_id"`:
			a.EnrollmentID = text(value)
		}
	})
	if !whole {
		return About{}
	}
	return a
}

// text is "" for what is no string.
func text(value json.RawMessage) string {
	if value[0] != '"' {
		return ""
	}
	return unquote(value)
}

// Correlation is the login_id, else the recovery_id, else the enrollment_id.
func (a About) Correlation() string { return cmp.Or(a.LoginID, a.RecoveryID, a.EnrollmentID) }
