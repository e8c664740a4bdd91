package sink

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	statusQueued      = "queued"
	statusSent        = "sent"
	statusDelivered   = "delivered"
	statusUndelivered = "undelivered"
)

// signatureHeader is where Twilio puts the signature of a callback.
const signatureHeader = "X-Twilio-Signature"

// report takes a text through its states and calls back with each; a receiver that is away misses them, as with Twilio.
func (t *Twilio) report(text Text, undelivered int) {
	last := statusDelivered
	if undelivered != 0 {
		last = statusUndelivered
	}
	for _, status := range []string{statusQueued, statusSent, last} {
		code := 0
		if status == statusUndelivered {
			code = undelivered
		}
		t.ledger.mark(text.SID, status, code)
		if err := t.call(text, status, code); err != nil {
			t.options.Log.Debug("twilio stand-in", "callback", text.SID, "status", status, "error", err)
		}
	}
}

func (t *Twilio) call(text Text, status string, code int) error {
	form := callbackForm(text, status, code)
	request, err := http.NewRequestWithContext(t.ctx, http.MethodPost, text.StatusCallback, strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("make callback: %w", err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set(signatureHeader, Sign(t.options.AuthToken, text.StatusCallback, form))
	response, err := t.options.Client.Do(request)
	if err != nil {
		return fmt.Errorf("call back: %w", err)
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10))
	return err
}

func callbackForm(text Text, status string, code int) url.Values {
	form := url.Values{}
	form.Set("AccountSid", text.Account)
	form.Set("ApiVersion", apiVersion)
	form.Set("MessageSid", text.SID)
	form.Set("SmsSid", text.SID)
	form.Set("MessageStatus", status)
	form.Set("SmsStatus", status)
	form.Set("To", text.To)
	if text.From != "" {
		form.Set("From", text.From)
	}
	if text.Service != "" {
		form.Set("MessagingServiceSid", text.Service)
	}
	if code != 0 {
		form.Set("ErrorCode", strconv.Itoa(code))
	}
	return form
}

// Sign returns the X-Twilio-Signature of a form sent to address: HMAC-SHA-1 under the auth token over the address and, sorted by
// name, each name and value. It is Twilio's choice of hash, not ours.
func Sign(token, address string, form url.Values) string {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	mac := hmac.New(sha1.New, []byte(token))
	_, _ = io.WriteString(mac, address)
	for _, name := range names {
		for _, value := range form[name] {
			_, _ = io.WriteString(mac, name+value)
		}
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
