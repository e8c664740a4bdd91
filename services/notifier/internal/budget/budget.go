// Package budget keeps people from earning by texts that this house sends to numbers of theirs, and from using up what others need.
//
// A Till counts each text before it goes out, in counters that all replicas share, and says what they hold; whoever decides goes by that alone.
// What it promises:
//
//   - Of a user, number, prefix, country and platform no more texts go out in an hour than the policy says, however many replicas send at once. A
//     text that may have gone out is counted; a crash can leave one counted that has not.
//   - What many share has a reserve as large as itself, from which a user who has proven the number has the first codes of an hour. Who logs in
//     all day cannot keep out who does so now and then.
//   - What is not sent takes nothing from what is: it is given back.
//   - Codes for numbers that nobody has proven yet have counters of their own, so that who enrolls numbers in masses takes nothing from who
//     logs in. Notices have others again, for each user and kind.
//   - A prefix whose codes are hardly ever entered is paused. Who entered the last ones is still served there.
//   - No counter's name holds a number, address or user: they are digests under a key that changes every hour. A prefix is no one's alone.
package budget

import (
	"countersign/pkg/events"
	"countersign/pkg/events/notification"
)

// A Scope is what a budget is of.
type Scope string

const (
	User     Scope = "user"
	Contact  Scope = "contact"
	Prefix   Scope = "prefix"
	Country  Scope = "country"
	Platform Scope = "platform"
	Notice   Scope = "notice" // of a user and kind
	Pause    Scope = "pause"  // not used up: the prefix is paused
)

// Scopes returns all, for metrics.
func Scopes() []Scope { return []Scope{User, Contact, Prefix, Country, Platform, Notice, Pause} }

// A Message is what is to go out.
type Message struct {
	Platform string
	UserKey  string
	Channel  notification.Channel
	Template notification.Template
	To       events.Secret
}

// A pool is what is counted together.
type pool string

const (
	first   pool = "first" // codes that are to prove a contact
	known   pool = "known" // codes for contacts that were proven, or that the platform vouches for
	notices pool = "notices"
)

func (m Message) pool() pool {
	switch m.Template {
	case notification.EnrollmentCode:
		return first
	case notification.LoginCode, notification.RecoveryText, notification.RecoveryLink:
		return known
	}
	return notices
}

// textedCode is what budgets are about in the first place.
func (m Message) textedCode() bool {
	return m.Channel == notification.SMS && m.pool() != notices
}
