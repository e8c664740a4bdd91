package recovery

import (
	"time"

	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
)

// Fold is the number of this fold: a state kept under another number is rebuilt from the stream.
const Fold = 1

// State is what the stream says of a user at one version. The zero value is a user who never asked for a recovery.
type State struct {
	User            string      `json:"user,omitempty"`             // whole user id, from the first event
	Open            *Recovery   `json:"open,omitempty"`             // its time may have come: see Over
	Past            []Recovery  `json:"past,omitempty"`             // the last few that have ended, newest last
	Completions     []string    `json:"completions,omitempty"`      // ids of the last that completed, newest last
	Openings        []time.Time `json:"openings,omitempty"`         // by the user, resends of a link included, of the last hour
	SupportOpenings []time.Time `json:"support_openings,omitempty"` // of the last hour
	Texts           []time.Time `json:"texts,omitempty"`            // sent, of the last hour
	Misses          []time.Time `json:"misses,omitempty"`           // wrong codes of the last day, over all cases
	QuietAt         time.Time   `json:"quiet_at,omitzero"`          // last answer that changed nothing
}

// A Recovery is one case.
type Recovery struct {
	ID          string         `json:"id"`
	Steps       []Step         `json:"steps"`            // what must be passed, in order
	Passed      int            `json:"passed,omitempty"` // how many of them count
	Key         enrollment.Key `json:"key"`              // what its links and codes follow from
	Locale      string         `json:"locale,omitempty"`
	OpenedAt    time.Time      `json:"opened_at"`
	ExpiresAt   time.Time      `json:"expires_at"`
	CompletesAt time.Time      `json:"completes_at,omitzero"` // end of the waiting period, while it runs
	Notices     []Notice       `json:"notices,omitempty"`     // newest of each template and channel

	LoginID        string   `json:"login_id,omitempty"` // by which the user opened it; none where support did
	Link           Mailed   `json:"link,omitzero"`
	Claim          uint64   `json:"claim,omitempty"` // newest, from 1: what other browsers send is void
	Bound          bool     `json:"bound,omitempty"` // a right code came from the present claim's browser: the link is dead
	Text           Texted   `json:"text,omitzero"`
	MissedCodes    int      `json:"missed_codes,omitempty"` // wrong recovery codes
	FailedCaptchas int      `json:"failed_captchas,omitempty"`
	Proofs         []string `json:"proofs,omitempty"` // CAPTCHAs that were solved
	Support        *Support `json:"support,omitempty"`

	End       CaseState `json:"end,omitempty"` // how it ended; "" while open
	EndReason string    `json:"end_reason,omitempty"`
	EndedBy   string    `json:"ended_by,omitempty"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
}

// Mailed is the link of a case.
type Mailed struct {
	Sending   uint64    `json:"sending"` // newest, from 1: links of others are dead
	ExpiresAt time.Time `json:"expires_at"`
	ResendAt  time.Time `json:"resend_at"`
	Claims    int       `json:"claims,omitempty"` // by this sending
}

// Texted is the code of a case.
type Texted struct {
	Sending   uint64    `json:"sending"` // newest, from 1: codes of others are dead
	Digits    int       `json:"digits"`
	ExpiresAt time.Time `json:"expires_at"`
	ResendAt  time.Time `json:"resend_at,omitzero"` // zero when no more are sent
	Wrong     int       `json:"wrong,omitempty"`    // codes, for this sending
}

// Support is what a case has that support opened.
type Support struct {
	RequestedBy string    `json:"requested_by"` // opaque staff id: this person cannot approve
	CaseRef     string    `json:"case_ref"`
	Reason      string    `json:"reason_ciphertext"` // free text, under the case's key
	Unavailable []Contact `json:"unavailable,omitempty"`
}

// A Notice is a message that serves a case. An older one of the same template and channel is not worth sending any more.
type Notice struct {
	ID       string                `json:"id"`
	Template notification.Template `json:"template"`
	Channel  notification.Channel  `json:"channel"`
}

// Bounds of a state's lists.
const (
	MaxTimes       = 32 // policy must not allow more openings, texts or wrong codes in their windows
	MaxProofs      = 32 // deciders take no more solved CAPTCHAs in a case
	maxPast        = 8
	maxCompletions = 32
	maxNotices     = 16
)
