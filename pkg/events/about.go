package events

import (
	"cmp"
	"encoding/json"
)

// An About is what an envelope takes over from its data.
type About struct {
	User         string `json:"user"`
	LoginID      string `json:"login_id"`
	RecoveryID   string `json:"recovery_id"`
	EnrollmentID string `json:"enrollment_id"`
}

// ReadAbout reads what it can: a field of another shape is empty.
func ReadAbout(data []byte) (a About) {
	_ = json.Unmarshal(data, &a)
	return a
}

// Correlation is the login_id, else the recovery_id, else the enrollment_id.
func (a About) Correlation() string { return cmp.Or(a.LoginID, a.RecoveryID, a.EnrollmentID) }
