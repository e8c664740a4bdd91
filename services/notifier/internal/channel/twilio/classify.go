package twilio

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"countersign/services/notifier/internal/channel"
)

// meaning is what Twilio's codes say, at sending and in status callbacks. What is not listed goes by the HTTP status.
var meaning = map[int]channel.Failure{
	21211: {Reason: channel.BadAddress},
	21614: {Reason: channel.BadAddress}, // not a mobile number
	30005: {Reason: channel.BadAddress}, // unknown handset
	21610: {Reason: channel.OptedOut},
	21214: {Reason: channel.Unreachable},
	21612: {Reason: channel.Unreachable},
	30004: {Reason: channel.Unreachable}, // blocked
	30006: {Reason: channel.Unreachable}, // landline, or a carrier without a way to it
	30003: {Reason: channel.Unreachable, Temporary: true},
	30036: {Reason: channel.Expired},

	20429: {Reason: channel.ProviderDown, Temporary: true},
	21611: {Reason: channel.ProviderDown, Temporary: true}, // the sender's queue is full
	30001: {Reason: channel.ProviderDown, Temporary: true},
	30008: {Reason: channel.ProviderDown, Temporary: true},

	20003: {Reason: channel.ProviderDown, Operator: true}, // the auth token is wrong
	21212: {Reason: channel.ProviderDown, Operator: true}, // so is the sender
	21408: {Reason: channel.ProviderDown, Operator: true}, // the country is not enabled
	21606: {Reason: channel.ProviderDown, Operator: true}, // the sender belongs to somebody else
	21608: {Reason: channel.ProviderDown, Operator: true}, // a trial account and an unverified number
	30007: {Reason: channel.ProviderDown, Operator: true}, // filtered
	30034: {Reason: channel.ProviderDown, Operator: true}, // the sender is not registered
}

// Classify says what an HTTP status and one of Twilio's codes mean; either may be 0, for a status callback has no status.
func Classify(status, code int) *channel.Failure {
	f, known := meaning[code]
	if !known {
		f = channel.Failure{Reason: channel.ProviderDown}
		f.Temporary = status == http.StatusTooManyRequests || status == 0
		f.Operator = !f.Temporary
	}
	if code != 0 {
		f.Code = strconv.Itoa(code)
	}
	f.Err = fmt.Errorf("send text: answered %d, code %d", status, code)
	return &f
}

// bare takes away the URL that net/http wraps around an error: it is long and names the account.
func bare(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}
