package platform

import (
	"sync"
	"sync/atomic"
	"time"

	"countersign/examples/platform/internal/account"
	"countersign/examples/platform/internal/live"
	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/recovery"
)

const fresh = 4 * time.Minute // a password check or a step-up counts for 5: the rest is for the way

// A visit is what the platform knows of one browser. One click at a time holds it.
type visit struct {
	mu   sync.Mutex
	over atomic.Bool // its session has ended: a click that waited for it must not go on

	account   *account.Account // whose password was right; nil: nobody's
	signedIn  bool             // and the second factor held
	checkedAt time.Time        // when the password was
	pending   pending
	proof     proof
	created   *enrollment.SecretCreated // a factor that waits for its code
	codes     string                    // a set of recovery codes that is to be shown
	notice    string                    // told on the next page
	warning   string                    // likewise, of what went wrong
	tour      tour

	feed    *live.Feed
	unwatch func() // ends the feed's subscription; nil: there is none
}

// A pending login waits for the second factor.
type pending struct {
	loginID     string // empty: there is none
	stepUp      bool   // it proves who somebody is who has signed in
	challengeID string
	change      *change          // what the step-up is for
	mayEnroll   bool             // it needs a factor before it can end well
	recovery    *recovery.Opened // was asked for in its name
}

// A proof is a login that was accepted lately and can be spent on one change.
type proof struct {
	loginID string
	at      time.Time
}

// A change of the security settings.
type change struct {
	kind         changeKind
	factor       events.Factor
	email, phone events.Secret
}

type changeKind int

const (
	add changeKind = iota + 1 // or replace
	remove
	prefer
	renewCodes
)

func (v *visit) end() {
	v.over.Store(true)
	if v.unwatch != nil {
		v.unwatch()
	}
}

// user is how the bus knows whoever is here.
func (v *visit) user() string {
	if v.account == nil {
		return ""
	}
	return v.account.ID
}

// mayEnroll reports whether factors may be added: after signing in, or because signing in needs one.
func (v *visit) mayEnroll() bool { return v.signedIn || v.pending.mayEnroll }

// passwordFresh reports whether the password was checked so lately that a change may name it.
func (v *visit) passwordFresh(now time.Time) bool { return now.Sub(v.checkedAt) < fresh }

// spend takes the proof, if it still counts.
func (v *visit) spend(now time.Time) (loginID string, ok bool) {
	p := v.proof
	v.proof = proof{}
	return p.loginID, p.loginID != "" && now.Sub(p.at) < fresh
}
