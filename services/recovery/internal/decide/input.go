package decide

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/links"
)

// An Input is what recovery was told, with the evidence that the shell gathered for it.
type Input interface{ request() Request }

// A Request is what every input has.
type Request struct {
	User    string // the platform's id
	UserKey string
	Cause   string // unambiguous text of platform, source and id: what is new is named after it
}

func (r Request) request() Request { return r }

// derive names something new; it agrees with decider.Request.Derive.
func (r Request) derive(what string) string { return events.DerivedID(r.Cause, what) }

// Opens names the case that this request opens, if it does: free text that comes with it is sealed for that place.
func (r Request) Opens() string { return links.RecoveryID(r.UserKey, r.Cause) }

// Evidence is what a read of the enrollment's head, made after the message arrived, showed. Inputs hold a pointer to it, so that a
// caller who forgot to read cannot be taken for one who found nobody to tell.
type Evidence struct {
	HasFactor    bool
	Email, Phone *Contact // kept ones; nil for none
}

// A Contact is one that is kept.
type Contact struct {
	Hint     string // masked
	Since    time.Time
	Replaced bool // another was kept before it
}

// Requested is recovery.requested.
type Requested struct {
	Request
	Evidence          *Evidence
	LoginID           string
	LoginKnown        bool // the guard knows it as a login of this user
	ReauthenticatedAt time.Time
	Locale            string
	Key               enrollment.Key // the user's present one
}

// SupportRequested is recovery.support_requested.
type SupportRequested struct {
	Request
	Evidence    *Evidence
	By, CaseRef string
	Reason      string // ciphertext under Key
	Unavailable []recovery.Contact
	Key         enrollment.Key // the user's present one
}

// ApprovalGiven is recovery.approval_given.
type ApprovalGiven struct {
	Request
	Evidence       *Evidence
	RecoveryID, By string
	Note           string // ciphertext under the case's key
}

// DenialGiven is recovery.denial_given.
type DenialGiven struct {
	Request
	RecoveryID, By string
	Note           string // ciphertext under the case's key
}

// CancellationRequested is recovery.cancellation_requested.
type CancellationRequested struct {
	Request
	RecoveryID, By string
}

// CancelledByContact is a cancel link that was confirmed; its token is the case's.
type CancelledByContact struct {
	Request
	RecoveryID string
}

// LinkClaimed is a mailed link that was confirmed. Its cause must be the browser's alone: two browsers that had one claim would both
// pass for it.
type LinkClaimed struct {
	Request
	Evidence   *Evidence
	RecoveryID string
	Sending    uint64 // whose token the link has
	Held       uint64 // claim of this case that the browser has proven to hold; 0 for none
}

// A Browser is the one that sent a form: it has proven that it holds this claim.
type Browser struct {
	RecoveryID string
	Claim      uint64
}

// TextAsked is a browser that wants a code texted.
type TextAsked struct {
	Request
	Browser
	Evidence *Evidence
}

// CodeSubmitted is a browser with a texted code.
type CodeSubmitted struct {
	Request
	Browser
	Evidence *Evidence
	Sending  uint64 // of the case, whose code it is; 0 for none
}

// RecoveryCodeJudged is a browser with a recovery code, and verify's word on it. Ready says whether to ask for that.
type RecoveryCodeJudged struct {
	Request
	Browser
	Evidence *Evidence
	Right    bool
	Unasked  bool // Ready said no: there is no word
}

// CaptchaJudged is a browser with a CAPTCHA, and its provider's word on it for this case and claim. Ready says whether to ask for that.
type CaptchaJudged struct {
	Request
	Browser
	Evidence *Evidence
	Proof    string // names what was solved; "" where it was not
	Unasked  bool   // Ready said no: there is no word
}

// ExpiryDue is the timer of an open case.
type ExpiryDue struct {
	Request
	RecoveryID string
	ExpiresAt  time.Time // that it was set for
}

// CompletionDue is the timer of a waiting period.
type CompletionDue struct {
	Request
	Evidence    *Evidence
	RecoveryID  string
	CompletesAt time.Time // that it was set for
}
