package recovery

import (
	"time"

	"countersign/pkg/events"
)

// RPCs returns what recovery answers at once.
func RPCs() []events.RPC {
	return []events.RPC{
		{
			Entity: "recovery", Verb: "status", Worker: Worker, Roles: []string{"support", "approver"},
			About:   "How a case stands.",
			Request: func() any { return new(StatusRequest) }, Answer: func() any { return new(Case) },
		},
		{
			Entity: "recovery", Verb: "list", Worker: Worker, Roles: []string{"support", "approver"},
			About:   "The open cases, in the order of their ids.",
			Request: func() any { return new(ListRequest) }, Answer: func() any { return new(Cases) },
		},
	}
}

// CaseState says how far a case has come.
type CaseState string

const (
	CaseOpen      CaseState = "open"             // steps are to be passed
	CaseApproval  CaseState = "approval_pending" // waits for a second person
	CaseWaiting   CaseState = "waiting"          // the waiting period runs
	CaseCompleted CaseState = "completed"
	CaseDenied    CaseState = "denied"
	CaseCancelled CaseState = "cancelled"
	CaseExpired   CaseState = "expired"
)

// StatusRequest asks recovery.status.
type StatusRequest struct {
	RecoveryID string `json:"recovery_id"`
}

// Validate returns nil or a *events.FieldError.
func (r StatusRequest) Validate() error { return events.ID("recovery_id", r.RecoveryID, events.MaxID) }

// ListRequest asks recovery.list.
type ListRequest struct {
	State CaseState `json:"state,omitempty"` // all open cases where it is absent
	After string    `json:"after,omitempty"` // next of the former answer
	Limit int       `json:"limit,omitempty"` // of the users that are looked at, 1 to 500; 100 where it is absent
}

// MaxList is the most cases that one answer holds.
const MaxList = 500

// Validate returns nil or a *events.FieldError.
func (r ListRequest) Validate() error {
	if r.Limit < 0 || r.Limit > MaxList {
		return events.Fault("limit", "is not 1 to %d", MaxList)
	}
	return events.First(events.Word("state", string(r.State)), events.OptionalID("after", r.After, events.MaxText))
}

// Case is the answer of recovery.status.
type Case struct {
	User        string    `json:"user"`
	RecoveryID  string    `json:"recovery_id"`
	State       CaseState `json:"state"`
	Steps       []Step    `json:"steps"`
	NextStep    Step      `json:"next_step,omitempty"`
	OpenedAt    time.Time `json:"opened_at"`
	ExpiresAt   time.Time `json:"expires_at"`
	CompletesAt time.Time `json:"completes_at,omitzero"`
	RequestedBy string    `json:"requested_by,omitempty"`
	Reason      string    `json:"reason,omitempty"` // the free text of the one who asked
	CaseRef     string    `json:"case_ref,omitempty"`
}

// Cases is the answer of recovery.list.
type Cases struct {
	Cases []Case `json:"cases"`          // in the order of their ids; fewer than the limit, none even, do not mean the end
	Next  string `json:"next,omitempty"` // absent at the end
}
