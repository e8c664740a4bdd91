package events

// Factor is a kind of second factor.
type Factor string

const (
	TOTP         Factor = "totp"          // RFC 6238 code from an app
	Email        Factor = "email"         // code sent by mail
	SMS          Factor = "sms"           // code sent as a text
	RecoveryCode Factor = "recovery_code" // one of the user's printed codes; never enrolled, only attempted
)

// Bounds of the fields that appear in many events, in bytes.
const (
	MaxUser   = 256
	MaxID     = 128 // ids, staff ids, references
	MaxCode   = 64
	MaxText   = 1024 // free text, messages
	MaxEmail  = 254  // RFC 5321 section 4.5.3.1.3 with errata 1690
	MaxLocale = 35   // RFC 5646 section 4.4.1
	MaxHint   = 256  // masked destination
	MaxSealed = 2048 // base64 of a sealed field
)
