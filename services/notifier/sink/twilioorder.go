package sink

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"
)

// The numbers of Twilio's test credentials.
const (
	ValidFrom = "+15005550006" // the one sender that always works

	maxBody     = 1600 // characters
	maxValidity = 36_000
)

var (
	e164    = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	service = regexp.MustCompile(`^MG[0-9a-f]{32}$`)
)

var magicTo = map[string]*reply{
	"+15005550001": badRequest(21211, "Invalid 'To' Phone Number: +15005550001"),
	"+15005550002": badRequest(21612, "The message From/To pair violates a routing rule: +15005550002"),
	"+15005550003": badRequest(21408, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: +15005550003"),
	"+15005550004": badRequest(21610, "Attempt to send to unsubscribed recipient +15005550004"),
	"+15005550009": badRequest(21614, "'To' number is not a valid mobile number: +15005550009"),
}

var magicFrom = map[string]*reply{
	"+15005550001": badRequest(21212, "Invalid 'From' Phone Number: +15005550001"),
	"+15005550007": badRequest(21606, "The 'From' phone number provided is not a valid, message-capable number for this account: +15005550007"),
	"+15005550008": refuse(http.StatusTooManyRequests, 21611, "This 'From' number has exceeded the maximum number of queued messages: +15005550008"),
}

// order reads the form as Twilio does, or says with which of its errors it would refuse.
func (t *Twilio) order(form url.Values) (Text, *reply) {
	text := Text{
		SID: newSID(), Account: t.options.AccountSID, Status: statusQueued, At: t.options.Now().UTC(),
		To: form.Get("To"), From: form.Get("From"), Service: form.Get("MessagingServiceSid"),
		Body: form.Get("Body"), StatusCallback: form.Get("StatusCallback"),
	}
	for _, refusal := range []*reply{
		refuseTo(text.To), t.refuseSender(text), refuseBody(text.Body), refuseCallback(text.StatusCallback),
	} {
		if refusal != nil {
			return Text{}, refusal
		}
	}
	var refusal *reply
	text.ValidityPeriod, refusal = validity(form.Get("ValidityPeriod"))
	return text, refusal
}

func refuseTo(to string) *reply {
	switch {
	case to == "":
		return badRequest(21604, "A 'To' phone number is required")
	case magicTo[to] != nil:
		return magicTo[to]
	case !e164.MatchString(to):
		return badRequest(21211, "Invalid 'To' Phone Number: "+to)
	}
	return nil
}

func (t *Twilio) refuseSender(text Text) *reply {
	switch {
	case text.From == "" && text.Service == "":
		return badRequest(21603, "A 'From' phone number is required")
	case text.Service != "" && !service.MatchString(text.Service):
		return badRequest(21701, "The Messaging Service does not exist")
	case text.From == "" || text.From == ValidFrom || slices.Contains(t.options.Numbers, text.From):
		return nil
	case magicFrom[text.From] != nil:
		return magicFrom[text.From]
	}
	return badRequest(21606, "The 'From' phone number provided is not a valid, message-capable number for this account: "+text.From)
}

func refuseBody(body string) *reply {
	switch {
	case body == "":
		return badRequest(21602, "Message body is required")
	case utf8.RuneCountInString(body) > maxBody:
		return badRequest(21617, "The concatenated message body exceeds the 1600 character limit")
	}
	return nil
}

func refuseCallback(raw string) *reply {
	if raw == "" {
		return nil
	}
	if u, err := url.Parse(raw); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return badRequest(21609, "The 'StatusCallback' URL is not valid")
	}
	return nil
}

func validity(raw string) (seconds int, refusal *reply) {
	if raw == "" {
		return maxValidity, nil
	}
	seconds, err := strconv.Atoi(raw)
	if err != nil || seconds < 1 || seconds > maxValidity {
		return 0, badRequest(21624, "Invalid validity period value")
	}
	return seconds, nil
}

func newSID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	return "SM" + hex.EncodeToString(id[:])
}
