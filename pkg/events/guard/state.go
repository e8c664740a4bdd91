package guard

import (
	"slices"
	"time"

	"countersign/pkg/events"
)

// Bounds of State. Policies stay within them.
const (
	KeptLogins  = 32             // finished logins, the newest
	LoginAge    = time.Hour      // after which a finished login is forgotten
	KeptWrong   = 128            // wrong codes, the newest: waits have long stopped growing
	WrongAge    = 24 * time.Hour // after which a wrong code is forgotten
	KeptResends = 32
	ResendAge   = time.Hour
	KeptCodes   = 16 // used recovery codes of the present set: policies make no larger sets
	KeptSteps   = 4  // far steps of a wrong code, of which more than two are hardly ever; steps spent before the last one
)

// State is what decisions about a user's codes rest on. The zero State is that of a user without history.
type State struct {
	User       string                 `json:"user,omitempty"`       // whole user id, from the first event
	Logins     []Login                `json:"logins,omitempty"`     // oldest first
	Challenges []Challenge            `json:"challenges,omitempty"` // the open ones, oldest first
	Wrong      []time.Time            `json:"wrong,omitempty"`      // wrong codes of the last 24 hours, oldest first
	InARow     int                    `json:"in_a_row,omitempty"`   // wrong codes since the last accepted one or unlocking
	Locks      map[events.Factor]Lock `json:"locks,omitempty"`
	QuietAt    time.Time              `json:"quiet_at,omitzero"` // last answer that changed nothing
	Resends    []time.Time            `json:"resends,omitempty"` // of the last hour, oldest first
	LastStep   LastStep               `json:"last_step,omitzero"`
	UsedCodes  UsedCodes              `json:"used_codes,omitzero"`
	RequiredAt time.Time              `json:"required_at,omitzero"` // first login that was told to enroll
	HadFactor  bool                   `json:"had_factor,omitempty"` // a login was challenged at some time
}

// LoginState says how far a login has come.
type LoginState string

const (
	Unknown          LoginState = "unknown" // never heard of, or finished so long ago that it is forgotten
	Challenged       LoginState = "challenged"
	EnrollmentNeeded LoginState = "enrollment_required"
	Accepted         LoginState = "accepted"
	Waived           LoginState = "waived"
	Ended            LoginState = "closed"
)

// A Login is what became of a login_id. ExpiresAt bounds its good end: who reads later reads nothing.
type Login struct {
	ID            string        `json:"id"`
	State         LoginState    `json:"state"`
	Purpose       Purpose       `json:"purpose,omitempty"`
	ChallengeID   string        `json:"challenge_id,omitempty"`
	Factor        events.Factor `json:"factor,omitempty"` // challenged: asked for; accepted: whose code it was
	StartedAt     time.Time     `json:"started_at"`
	EndedAt       time.Time     `json:"ended_at,omitzero"`   // when it left challenged, or was last answered without a challenge
	ExpiresAt     time.Time     `json:"expires_at,omitzero"` // accepted, waived: later it counts as absent
	Reason        CloseReason   `json:"reason,omitempty"`
	EnrollmentID  string        `json:"enrollment_id,omitempty"`
	MayContinue   bool          `json:"may_continue,omitempty"`
	ContinueUntil time.Time     `json:"continue_until,omitzero"`
}

// HadFactor reports whether the user had an active factor when the login started: then only a code ends it well.
func (l Login) HadFactor() bool { return l.ChallengeID != "" }

// AcceptedWithin reports whether a code was accepted for the login at most age before now.
func (l Login) AcceptedWithin(age time.Duration, now time.Time) bool {
	return l.State == Accepted && now.Sub(l.EndedAt) <= age
}

// A Challenge is one that is open: a code for it may yet be accepted, unless ExpiresAt has come.
type Challenge struct {
	ID             string        `json:"id"`
	LoginID        string        `json:"login_id"`
	Purpose        Purpose       `json:"purpose"`
	Factor         events.Factor `json:"factor"`
	EnrollmentID   string        `json:"enrollment_id"`
	Keyring        string        `json:"keyring"`
	Number         int           `json:"number"` // of the data keys within the keyring
	AttemptsLeft   int           `json:"attempts_left"`
	StartedAt      time.Time     `json:"started_at"`
	ExpiresAt      time.Time     `json:"expires_at"`
	Sending        uint64        `json:"sending,omitempty"`        // number of the newest sending: only its code is valid; 0: none yet
	CodeExpiresAt  time.Time     `json:"code_expires_at,omitzero"` // of that code; zero while the factor sends none
	ResendAt       time.Time     `json:"resend_at,omitzero"`
	NotificationID string        `json:"notification_id,omitempty"` // that brings the newest sending
	Locale         string        `json:"locale,omitempty"`
	FarSteps       []uint64      `json:"far_steps,omitempty"` // totp: what the last code, a wrong one, would fit: the code after it shows how the clock is off
}

// A Lock is a wait or a suspension of a factor.
type Lock struct {
	Since     time.Time `json:"since,omitzero"` // of the newest wrong code that it is for
	Until     time.Time `json:"until,omitzero"`
	Suspended bool      `json:"suspended,omitempty"` // until unlocked or recovered
}

// LastStep is the last time step accepted: neither it nor one before it is accepted again.
type LastStep struct {
	EnrollmentID string `json:"enrollment_id"`
	Step         uint64 `json:"step"` // RFC 6238's T
	LoginID      string `json:"login_id"`
	Drift        int    `json:"drift,omitempty"`  // how many steps the app's clock is ahead of ours: codes are looked for around it
	Behind       bool   `json:"behind,omitempty"` // the last code was a step older than Drift says: another such one moves it
	Reused       bool   `json:"reused,omitempty"` // its code was tried in another login since

	Before []UsedStep `json:"before,omitempty"` // steps of this enrollment accepted before it, newest last: who types one of them has seen it
}

// A UsedStep was accepted before the last one.
type UsedStep struct {
	Step    uint64 `json:"step"`
	LoginID string `json:"login_id"`
	Reused  bool   `json:"reused,omitempty"`
}

// Used returns the newest of the steps given that was accepted.
func (l LastStep) Used(steps []uint64) (UsedStep, bool) {
	if slices.Contains(steps, l.Step) && l.LoginID != "" {
		return UsedStep{Step: l.Step, LoginID: l.LoginID, Reused: l.Reused}, true
	}
	for _, b := range slices.Backward(l.Before) {
		if slices.Contains(steps, b.Step) {
			return b, true
		}
	}
	return UsedStep{}, false
}

// UsedCodes are the spent recovery codes of one set. A new set starts anew.
type UsedCodes struct {
	SetID string     `json:"set_id"`
	Codes []UsedCode `json:"codes,omitempty"` // at most KeptCodes
}

// A UsedCode was accepted, and is not accepted again.
type UsedCode struct {
	Number  int    `json:"number"`             // which one of the set, from 1
	LoginID string `json:"login_id,omitempty"` // that it opened; absent where a recovery used it
	Reused  bool   `json:"reused,omitempty"`   // it was tried in another login since
}

// Login returns what became of a login. Without one, its State is Unknown.
func (s State) Login(id string) (Login, bool) {
	i := slices.IndexFunc(s.Logins, func(l Login) bool { return l.ID == id })
	if i < 0 {
		return Login{ID: id, State: Unknown}, false
	}
	return s.Logins[i], true
}

// LoginOf returns the login that a challenge belongs to, also when the challenge has ended.
func (s State) LoginOf(challengeID string) (Login, bool) {
	i := slices.IndexFunc(s.Logins, func(l Login) bool { return l.ChallengeID == challengeID && challengeID != "" })
	if i < 0 {
		return Login{State: Unknown}, false
	}
	return s.Logins[i], true
}

// Challenge returns an open challenge. The caller compares ExpiresAt.
func (s State) Challenge(id string) (Challenge, bool) {
	i := slices.IndexFunc(s.Challenges, func(c Challenge) bool { return c.ID == id })
	if i < 0 {
		return Challenge{}, false
	}
	return s.Challenges[i], true
}

// Locked reports whether codes of f are refused at now, and until when; zero while suspended.
func (s State) Locked(f events.Factor, now time.Time) (until time.Time, locked bool) {
	switch l := s.Locks[f]; {
	case l.Suspended:
		return time.Time{}, true
	case now.Before(l.Until):
		return l.Until, true
	}
	return time.Time{}, false
}

// UsedCode returns what became of a recovery code of a set.
func (s State) UsedCode(setID string, number int) (UsedCode, bool) {
	if s.UsedCodes.SetID != setID {
		return UsedCode{}, false
	}
	i := slices.IndexFunc(s.UsedCodes.Codes, func(c UsedCode) bool { return c.Number == number })
	if i < 0 {
		return UsedCode{}, false
	}
	return s.UsedCodes.Codes[i], true
}

// CodesLeft is how many recovery codes of a set of count are not used yet.
func (s State) CodesLeft(setID string, count int) int {
	if s.UsedCodes.SetID != setID {
		return count
	}
	return max(0, count-len(s.UsedCodes.Codes))
}
