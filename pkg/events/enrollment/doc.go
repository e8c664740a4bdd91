// Package enrollment holds the events of the stream enrollment/<userkey>, which enroll owns, and their public fold: a user's factors,
// the one that is pending, contacts, whether a factor is required, and the logins already spent on changes.
//
// No event, record or state of it holds a secret in clear or anything from which one follows: seeds and codes follow from the user's
// keys, which an enrollment only names; addresses and labels are ciphertexts, shown as masked hints. Only events that come in
// carry secrets, as events.Secret.
//
// Evolve never changes the state that it is given, and a state stays below 64 KiB whatever happens.
package enrollment

import "countersign/pkg/events"

// Kind is the stream's kind.
const Kind = "enrollment"

// Worker owns the stream.
const Worker = "enroll"

// All asks factor.removal_requested to remove every factor.
const All events.Factor = "all"

// Algorithms of RFC 6238 as otpauth URIs write them.
const (
	SHA1   = "SHA1"
	SHA256 = "SHA256"
	SHA512 = "SHA512"
)

// A Key names the data keys from which an enrollment's secrets follow: a keyring and the number of a key in it.
type Key struct {
	Keyring string `json:"keyring"`
	Number  int    `json:"number"` // from 1
}

// A Contact is an address or a phone number that only the user's delivery key can read.
type Contact struct {
	Ciphertext string `json:"ciphertext"` // AEAD, bound to stream and field, in text
	Hint       string `json:"hint"`       // masked, for people
	Key        Key    `json:"key"`        // what it is encrypted under
}

// A DiscardReason says why a pending enrollment came to nothing.
type DiscardReason string

const (
	DiscardReplaced        DiscardReason = "replaced"          // the user asked for another
	DiscardExpired         DiscardReason = "expired"           // not activated in time
	DiscardTooManyAttempts DiscardReason = "too_many_attempts" // wrong codes
	DiscardErased          DiscardReason = "erased"            // with the user
	DiscardRemoved         DiscardReason = "removed"           // with every factor, by an administrator or a recovery
)

// A RemovalReason says why factors are gone.
type RemovalReason string

const (
	RemovedByUser     RemovalReason = "user"
	RemovedByAdmin    RemovalReason = "admin"
	RemovedByRecovery RemovalReason = "recovery"
	RemovedReplaced   RemovalReason = "replaced" // by a newer one of the same kind, or by any where only one is kept
	RemovedErased     RemovalReason = "erased"
)

// A CodeReason says why an activation code was not accepted.
type CodeReason string

const (
	CodeWrong       CodeReason = "wrong_code"   // judged and counted
	CodeExpired     CodeReason = "expired"      // the code that was sent is too old: neither judged nor counted; ask for another
	CodeRateLimited CodeReason = "rate_limited" // too many wrong codes of this user today: neither judged nor counted before retry_at
)
