package links

import "countersign/pkg/events"

// RecoveryID names the case that a cause opened: <userkey>-<26 characters that follow from the cause>, so that whoever has the id finds the
// stream. cause is unambiguous, as eventstore.Cause.Key writes it.
func RecoveryID(userkey, cause string) string {
	return userkey + "-" + events.DerivedID(cause, "recovery")
}

// UserKey is whose case an id names, false for what RecoveryID never made.
func UserKey(recoveryID string) (string, bool) {
	if len(recoveryID) != 2*keyLength+1 || recoveryID[keyLength] != '-' {
		return "", false
	}
	userkey := recoveryID[:keyLength]
	return userkey, isKey(userkey) && isKey(recoveryID[keyLength+1:])
}

// What a user's delivery key derives for a case:
//
//	LinkToken(recoveryID, sending)               the link that is mailed for the sending-th time, from 1
//	LinkToken(CancelID(recoveryID), CancelSending)  the cancel link, one and the same in every mail and text of the case
//	LinkToken(BrowserID(recoveryID), claim)      what the browser holds that claimed the case for the claim-th time, from 1
//	Code(recoveryID, sending, digits)            the code that is texted for the sending-th time, from 1
const CancelSending = 1

// CancelID is what the token of a case's cancel link is derived for.
func CancelID(recoveryID string) string { return recoveryID + "/cancel" }

// BrowserID is what the token of the browser that claimed a case is derived for.
func BrowserID(recoveryID string) string { return recoveryID + "/browser" }
