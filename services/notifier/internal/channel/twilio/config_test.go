package twilio

import (
	"fmt"
	"net/http"
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

// classes is what Twilio's documentation says of its codes, apart from the table that is used: a slip there shows here.
var classes = map[string]struct {
	codes []int
	is    func(channel.Failure) bool
}{
	"the number is bad for good": {
		[]int{21211, 21614, 30005}, func(f channel.Failure) bool { return f.Reason == channel.BadAddress && !f.Temporary && !f.Operator },
	},
	"its owner said STOP": {
		[]int{21610}, func(f channel.Failure) bool { return f.Reason == channel.OptedOut && !f.Temporary && !f.Operator },
	},
	"no text reaches it": {
		[]int{21214, 21612, 30004, 30006}, func(f channel.Failure) bool { return f.Reason == channel.Unreachable && !f.Temporary && !f.Operator },
	},
	"an operator has to mend it": {
		[]int{20003, 21212, 21408, 21606, 21608, 30007, 30034}, func(f channel.Failure) bool { return f.Reason == channel.ProviderDown && !f.Temporary && f.Operator },
	},
	"it may go out later": {
		[]int{20429, 21611, 30001, 30003, 30008}, func(f channel.Failure) bool { return f.Temporary && !f.Operator },
	},
	"its time was over": {
		[]int{30036}, func(f channel.Failure) bool { return f.Reason == channel.Expired && !f.Temporary && !f.Operator },
	},
}

// Whichever way a code comes, as the answer to a text or as a report of it, it means the same.
func TestEveryCodeIsOfItsClass(t *testing.T) {
	told := 0
	for name, class := range classes {
		for _, code := range class.codes {
			for _, status := range []int{0, http.StatusBadRequest} {
				if f := Classify(status, code); !class.is(*f) || f.Unknown || f.Code != fmt.Sprint(code) {
					t.Errorf("%d, with status %d: %+v, but %s", code, status, *f, name)
				}
			}
			told++
		}
	}
	if told != len(meaning) {
		t.Errorf("%d codes are told of, %d are known", told, len(meaning))
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
