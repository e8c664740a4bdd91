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
	MaxUser = 256
	MaxID   = 128
	MaxCode = 64
	MaxText = 1024
)
