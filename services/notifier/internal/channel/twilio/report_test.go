package twilio

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"countersign/pkg/events"
	"countersign/services/notifier/internal/channel"
	"countersign/services/notifier/sink"
)

const (
	public = "https://hooks.acme.example/twilio/"
	route  = "acme/aaaaaaaaaaaaaaaaaaaaaaaaaa/n1"
	former = "00000000000000000000000000000003"
)

func reporting(t *testing.T) *Channel {
	t.Helper()
	c := configFor("")
	c.StatusCallback, c.FormerToken = public, events.NewSecret(former)
	return open(t, c)
}

func form(status, code string) url.Values {
	f := url.Values{"AccountSid": {sid}, "MessageSid": {"SM1"}, "MessageStatus": {status}, "To": {number}, "Something": {"new"}}
	if code != "" {
		f.Set("ErrorCode", code)
	}
	return f
}

func signedBy(token, address string, f url.Values) http.Header {
	return http.Header{"X-Twilio-Signature": {sink.Sign(token, address, f)}}
}

func TestWhatAReportSays(t *testing.T) {
	c := reporting(t)
	for _, w := range []struct {
		status, code string
		want         channel.Report
		why          channel.Reason
	}{
		{"queued", "", channel.Report{Taken: true}, ""},
		{"sent", "", channel.Report{Taken: true}, ""},
		{"delivered", "", channel.Report{Arrived: true}, ""},
		{"undelivered", "30005", channel.Report{}, channel.BadAddress},
		{"undelivered", "30003", channel.Report{}, channel.Unreachable},
		{"failed", "", channel.Report{}, channel.ProviderDown},
		{"partially_delivered", "", channel.Report{}, ""},
	} {
		f := form(w.status, w.code)
		got, err := c.ReadReport(route, signedBy(secret, public+route, f), []byte(f.Encode()))
		if err != nil || got.ProviderID != "SM1" || got.Taken != w.want.Taken || got.Arrived != w.want.Arrived {
			t.Errorf("%s: %+v, %v", w.status, got, err)
		}
		if (got.Failure == nil) != (w.why == "") || got.Failure != nil && got.Failure.Reason != w.why {
			t.Errorf("%s: failure %+v, want %q", w.status, got.Failure, w.why)
		}
	}
}

func TestWhoSignedAReport(t *testing.T) {
	good := form("delivered", "")
	other := form("delivered", "")
	other.Set("AccountSid", strings.Replace(sid, "1", "9", 1))
	for _, w := range []struct {
		name   string
		header http.Header
		form   url.Values
		holds  bool
	}{
		{"Twilio, with the token", signedBy(secret, public+route, good), good, true},
		{"Twilio, with the former token", signedBy(former, public+route, good), good, true},
		{"somebody with another token", signedBy("0000", public+route, good), good, false},
		{"somebody without any", signedBy("", public+route, good), good, false},
		{"nobody", http.Header{}, good, false},
		{"Twilio, for another notification", signedBy(secret, public+route+"2", good), good, false},
		{"Twilio, for another host", signedBy(secret, strings.Replace(public, "acme", "evil", 1)+route, good), good, false},
		{"Twilio, of another state", signedBy(secret, public+route, form("failed", "30005")), good, false},
		{"Twilio, for another account", signedBy(secret, public+route, other), other, false},
	} {
		_, err := reporting(t).ReadReport(route, w.header, []byte(w.form.Encode()))
		if holds := err == nil; holds != w.holds || !holds && !errors.Is(err, channel.ErrForged) {
			t.Errorf("%s: %v", w.name, err)
		}
	}
	bare := configFor("")
	bare.StatusCallback = public
	if _, err := open(t, bare).ReadReport(route, signedBy("", public+route, good), []byte(good.Encode())); err == nil {
		t.Error("without a former token the empty one counts")
	}
}

func TestACallbackIsAPlainPublicAddress(t *testing.T) {
	for address, want := range map[string]bool{
		"https://hooks.acme.example": true, "https://hooks.acme.example/twilio/": true, "http://127.0.0.1:8081/x": true,
		"http://hooks.acme.example/twilio": false, "https://hooks.acme.example/?a=b": false, "https://hooks.acme.example/{id}": false,
		"https://a:b@hooks.acme.example/": false, "hooks.acme.example": false,
	} {
		c := configFor("")
		c.StatusCallback = address
		if _, err := New(c); (err == nil) != want {
			t.Errorf("%q: %v", address, err)
		}
	}
}
