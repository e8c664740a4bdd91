package twilio

import (
	"fmt"
	"strings"
	"testing"

	"countersign/services/notifier/internal/channel"
)

func TestConfigIsCheckedWhole(t *testing.T) {
	_, err := New(Config{BaseURL: "ftp://x", MessagingServiceSID: "x", StatusCallback: "/status", Timeout: -1})
	for _, part := range []string{"base URL", "account SID", "auth token", "messaging service SID", "status callback", "timeout"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not name the %s", err, part)
		}
	}
	if _, err := New(Config{}); err == nil || !strings.Contains(err.Error(), "from") {
		t.Errorf("%v does not name the sender", err)
	}
}

func TestTheTokenGoesInClearToThisMachineAlone(t *testing.T) {
	for base, want := range map[string]bool{
		"": true, "https://twilio.acme.example": true, "http://127.0.0.1:8081": true, "http://localhost": true,
		"http://twilio.acme.example": false, "http://10.0.0.1": false,
	} {
		if _, err := New(configFor(base)); (err == nil) != want {
			t.Errorf("%q: %v", base, err)
		}
	}
}

func TestAConfigShowsNoToken(t *testing.T) {
	c := configFor("https://example.com")
	if text := fmt.Sprintf("%v %+v %#v", c, c, c); strings.Contains(text, secret) {
		t.Error(text)
	}
}

func TestCodesOfStatusCallbacks(t *testing.T) {
	for code, want := range map[int]channel.Failure{
		30001: {Reason: channel.ProviderDown, Temporary: true},
		30003: {Reason: channel.Unreachable, Temporary: true},
		30004: {Reason: channel.Unreachable},
		30005: {Reason: channel.BadAddress},
		30006: {Reason: channel.Unreachable},
		30007: {Reason: channel.ProviderDown, Operator: true},
		30008: {Reason: channel.ProviderDown, Temporary: true},
		30034: {Reason: channel.ProviderDown, Operator: true},
		30036: {Reason: channel.Expired},
		39999: {Reason: channel.ProviderDown, Temporary: true},
	} {
		got := Classify(0, code)
		if got.Err == nil || !strings.Contains(got.Err.Error(), fmt.Sprint(code)) {
			t.Errorf("%d: error %v", code, got.Err)
		}
		if got.Code != fmt.Sprint(code) {
			t.Errorf("%d: code %s", code, got.Code)
		}
		if got.Err, got.Code = nil, ""; *got != want {
			t.Errorf("%d: %+v, want %+v", code, *got, want)
		}
	}
}
