package enrollment

import "countersign/pkg/events"

// Wire names of what enroll tells only itself.
const (
	ExpiryDueType   = "countersign.enrollment.expiry_due.v1"
	ProvisionedType = "countersign.enrollment.provisioned.v1"
)

// ExpiryDue is the timer of a pending enrollment.
type ExpiryDue struct {
	User         string `json:"user"`
	EnrollmentID string `json:"enrollment_id"`
}

func (*ExpiryDue) EventType() string { return ExpiryDueType }
func (e *ExpiryDue) UserID() string  { return e.User }

func (e *ExpiryDue) Validate() error {
	return events.First(events.CheckUser(e.User), checkEnrollment(e.EnrollmentID))
}

// Provisioned keeps that the seed of an active factor was shown once more, and which step-up that spent. It never leaves the stream.
type Provisioned struct {
	User         string `json:"user"`
	EnrollmentID string `json:"enrollment_id"`
	LoginID      string `json:"login_id"`
}

func (*Provisioned) EventType() string { return ProvisionedType }
func (e *Provisioned) UserID() string  { return e.User }

func (e *Provisioned) Validate() error {
	return events.First(events.CheckUser(e.User), checkEnrollment(e.EnrollmentID), checkLogin(e.LoginID))
}
