package notification

// Channel is a way to reach a person.
type Channel string

const (
	Email Channel = "email" // by mail
	SMS   Channel = "sms"   // by text message
)

// Template names what a message says. A template that is not known here is valid: new ones are added.
type Template string

const (
	LoginCode         Template = "login_code"         // the code of a challenge; about is the challenge
	EnrollmentCode    Template = "enrollment_code"    // the code that activates; about is the enrollment
	RecoveryLink      Template = "recovery_link"      // the link that opens a recovery; about is the case
	RecoveryText      Template = "recovery_text"      // the texted code of a recovery; about is the case
	RecoveryOpened    Template = "recovery_opened"    // notice; about is the case
	RecoveryApproved  Template = "recovery_approved"  // notice that the waiting period has begun; about is the case
	RecoveryCompleted Template = "recovery_completed" // notice; about is the case
	ContactChanged    Template = "contact_changed"    // notice to the former contact; about is the request's id
	FactorActivated   Template = "factor_activated"   // notice; about is the enrollment
	FactorRemoved     Template = "factor_removed"     // notice; about is the enrollment
	FactorReset       Template = "factor_reset"       // notice of an administrator's reset; about is the enrollment
	FactorLocked      Template = "factor_locked"      // notice of too many wrong codes; about is the challenge
	CodeReused        Template = "code_reused"        // notice of one code in two logins; about is the challenge
	RecoveryCodesLow  Template = "recovery_codes_low" // notice that few are left; about is the set
)

// Reason says why a message did not get through or was not sent.
type Reason string

const (
	BadAddress     Reason = "bad_address"     // the provider says that there is no such address
	OptedOut       Reason = "opted_out"       // the person told the provider to stop
	Unreachable    Reason = "unreachable"     // the address exists and cannot be reached
	ProviderDown   Reason = "provider_down"   // the provider does not take messages
	OverBudget     Reason = "over_budget"     // the platform's budget for messages is used up
	Expired        Reason = "expired"         // it would have come too late
	Superseded     Reason = "superseded"      // a newer message serves the same
	UnknownOutcome Reason = "unknown_outcome" // the provider did not say, so that a second one might arrive
)
